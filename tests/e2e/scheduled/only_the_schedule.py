"""The shipped DAG with one empty task, which Airflow's scheduler ends by itself: only the schedule is at work."""

from pathlib import Path

from airflow.providers.standard.operators.empty import EmptyOperator

from freee_sync import dag as shipped
from freee_sync.wiring import Wiring


def _nothing(wiring: Wiring) -> None:
    EmptyOperator(task_id="nothing")


shipped._wire = _nothing
dag = shipped.build(
    Wiring(
        dag_id="only_the_schedule",
        include_dir=Path(__file__).parents[3] / "include",
    )
)
