"""The command line of `python -m freee_sync.doctor`. To be run where Airflow runs: it asks Airflow's database."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from freee_sync import metadata
from freee_sync.bilingual import Words, speaking
from freee_sync.doctor.words import TEXTS
from freee_sync.settings import LANGUAGES
from freee_sync.wiring import Wiring

if TYPE_CHECKING:
    from freee_sync.doctor.patient import Patient

USUAL = Wiring(dag_id="freee_master_sync", include_dir=Path())


class AirflowHere:
    """The Airflow of this machine. See `doctor.patient.Airflow`."""

    def dag_state(self, dag_id: str) -> metadata.DagState | None:
        """See `metadata.dag_state`."""
        return metadata.dag_state(dag_id)

    def active_run(self, dag_id: str) -> str | None:
        """See `metadata.active_run`."""
        return metadata.active_run(dag_id)

    def encrypts(self) -> bool:
        """Whether a Fernet key is set."""
        from airflow.configuration import conf

        return bool(conf.get("core", "fernet_key", fallback=""))

    def now(self) -> datetime:
        """The time."""
        return datetime.now(UTC)


def main(arguments: list[str]) -> int:
    """Examine and show; exit code: 0 nothing is wrong, 1 something is to be mended, 130 stopped by Ctrl-C."""
    asked = _parser().parse_args(arguments)
    words = Words(TEXTS, asked.language)
    metadata.enter_server_context()
    try:
        with speaking(asked.language):
            return show(_patient(asked, words))
    except KeyboardInterrupt:
        return 130


def show(patient: Patient) -> int:
    """Examine, and print the table as it comes; exit code."""
    from freee_sync.doctor.examination import examine
    from freee_sync.doctor.table import section_lines, summary

    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")  # https://no-color.org
    sections = []
    for section in examine(patient):
        sections.append(section)
        print(*section_lines(section, patient.words, colour=colour), sep="\n", flush=True)  # noqa: T201 - the table
    print(summary(sections, patient.words))  # noqa: T201 - same
    return int(any(section.bad for section in sections))


def _patient(asked: argparse.Namespace, words: Words) -> Patient:
    from freee_sync.doctor.patient import Doors, Patient
    from freee_sync.freee.hook import FreeeHook, Pace
    from freee_sync.salesforce.login import open_org

    variables = metadata.MetadataVariables()
    pace = Pace(longest_block=0)
    doors = Doors(
        freee=lambda: FreeeHook(asked.freee_connection, asked.prefix, variables, pace),
        org=lambda: open_org(asked.salesforce_connection),
    )
    return Patient(_wiring(asked), words, variables, AirflowHere(), doors)


def _wiring(asked: argparse.Namespace) -> Wiring:
    return Wiring(
        dag_id=asked.dag_id,
        include_dir=asked.include or _include_beside_dags(),
        prefix=asked.prefix,
        freee_conn_id=asked.freee_connection,
        salesforce_conn_id=asked.salesforce_connection,
        smtp_conn_id=asked.smtp_connection,
    )


def _include_beside_dags() -> Path:
    from airflow.configuration import conf

    return Path(conf.get_mandatory_value("core", "dags_folder")).parent / "include"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m freee_sync.doctor",
        description="Look at a whole set-up, and say what is to be mended. / 設定全体を確認し、直すものを示します。",
    )
    parser.add_argument("--dag-id", default=USUAL.dag_id)
    parser.add_argument("--prefix", default=USUAL.prefix, help="what the names of the DAG's Variables begin with")
    parser.add_argument("--freee-connection", default=USUAL.freee_conn_id, metavar="ID")
    parser.add_argument("--salesforce-connection", default=USUAL.salesforce_conn_id, metavar="ID")
    parser.add_argument("--smtp-connection", default=USUAL.smtp_conn_id, metavar="ID")
    parser.add_argument(
        "--include", type=Path, metavar="DIR", help="where mapping.yaml is; usually beside the dags folder"
    )
    parser.add_argument("--language", choices=LANGUAGES, default=LANGUAGES[0])
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
