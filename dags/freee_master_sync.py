"""freee会計 masters into Salesforce, every day. A second company is a second file like this one.

Airflow looks only into files that have its name and the word "dag" in them: keep this line.
"""

from pathlib import Path

from freee_sync.dag import build
from freee_sync.wiring import Wiring

dag = build(
    Wiring(
        dag_id="freee_master_sync",
        prefix="freee_sync_",
        freee_conn_id="freee_default",
        salesforce_conn_id="salesforce_default",
        smtp_conn_id="smtp_default",
        include_dir=Path(__file__).parents[1] / "include",
    )
)
