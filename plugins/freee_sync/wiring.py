"""What one company's DAG is wired to: its name, its Variables, its Connections, its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from freee_sync.settings import PREFIX


@dataclass(frozen=True)
class Wiring:
    """The arguments of a DAG file. A second company is a second file with other names.

    :param include_dir: the folder that holds mapping.yaml and templates/.
    :param prefix: what the names of this DAG's Variables begin with.
    """

    dag_id: str
    include_dir: Path
    prefix: str = PREFIX
    freee_conn_id: str = "freee_default"
    salesforce_conn_id: str = "salesforce_default"
    smtp_conn_id: str = "smtp_default"

    @property
    def mapping(self) -> Path:
        """Which object and fields each master goes to."""
        return self.include_dir / "mapping.yaml"

    @property
    def templates(self) -> Path:
        """The report's templates."""
        return self.include_dir / "templates"
