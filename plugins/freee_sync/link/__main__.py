"""The command line of `python -m freee_sync.link`. Secrets are asked for or come from the environment, never as arguments."""

from __future__ import annotations

import argparse
import os
import sys

from freee_sync import metadata
from freee_sync.addresses import require_https, sandbox_hosts
from freee_sync.bilingual import Words, speaking
from freee_sync.errors import SyncError
from freee_sync.link.person import Person, Terminal
from freee_sync.link.rest import ApiError, RestAirflow, token_for
from freee_sync.link.steps import Linking, LinkRefusedError, Order
from freee_sync.link.stores import Airflow, MetadataAirflow, ShadowedError
from freee_sync.link.words import TEXTS
from freee_sync.settings import LANGUAGES
from freee_sync.verdicts import verdict

TOKEN, PASSWORD = "FREEE_SYNC_AIRFLOW_TOKEN", "FREEE_SYNC_AIRFLOW_PASSWORD"

STOPPED_BY_PERSON = 130  # as shells report Ctrl-C


def main(arguments: list[str], person: Person) -> int:
    """Link; exit code: 0 linked, 1 not, 130 stopped by Ctrl-C."""
    asked = _parser().parse_args(arguments)
    with speaking(asked.language):
        return _link(asked, person, Words(TEXTS, asked.language))


def _link(asked: argparse.Namespace, person: Person, words: Words) -> int:
    hosts = sandbox_hosts(os.environ)
    order = Order(asked.dag_id, asked.connection, asked.prefix, asked.callback, hosts)
    linking = None
    try:
        linking = Linking(order, _airflow(asked, person, words), person, words)
        linking.run()
    except (KeyboardInterrupt, EOFError):
        if linking is not None and linking.stored:
            return 0  # it came while all was being stored, and had to wait
        person.tell("\n" + words("stopped"))
        person.tell(words(_left_behind(linking)))
        return STOPPED_BY_PERSON
    except Exception as problem:  # noqa: BLE001 - a traceback could show what must not be shown
        person.tell(_told(problem, asked, words))
        person.tell(words(_left_behind(linking)))
        return 1
    return 0


def _left_behind(linking: Linking | None) -> str:
    """How things are after a link that was not made: name of the text that says so."""
    return "unsure" if linking is not None and linking.stored is None else "untouched"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m freee_sync.link",
        description="Authorise the freee app and store the link in Airflow. / freeeアプリを認可し、連携をAirflowに保存します。",
    )
    usual = Order()
    parser.add_argument("--dag-id", default=usual.dag_id)
    parser.add_argument("--connection", default=usual.conn_id, metavar="ID", help=f"usually {usual.conn_id}")
    parser.add_argument("--prefix", default=usual.prefix, help="what the names of the DAG's Variables begin with")
    parser.add_argument(
        "--callback", default=usual.callback, metavar="URL", help="the callback URL that the freee app has"
    )
    parser.add_argument(
        "--api",
        metavar="URL",
        help=f"an Airflow elsewhere, by its REST API; token in {TOKEN} or password in {PASSWORD}",
    )
    parser.add_argument("--username", help="of that Airflow")
    parser.add_argument("--language", choices=LANGUAGES, default=LANGUAGES[0])
    return parser


def _airflow(asked: argparse.Namespace, person: Person, words: Words) -> Airflow:
    if asked.api is None:
        metadata.enter_server_context()
        return MetadataAirflow()
    url = require_https(asked.api, sandbox_hosts(os.environ))
    token = os.environ.get(TOKEN)
    if not token:
        username = asked.username or person.ask(words("username"))
        token = token_for(url, username, os.environ.get(PASSWORD) or person.ask_secret(words("password")))
    return RestAirflow(url, token)


def _told(problem: Exception, asked: argparse.Namespace, words: Words) -> str:
    """What went wrong, for the person. An error that is not ours is told by its name alone."""
    if isinstance(problem, LinkRefusedError):
        return str(problem)
    if isinstance(problem, SyncError):
        wording = verdict(problem.code).words(asked.language)
        return f"{wording.cause} {problem.detail}"
    if isinstance(problem, ShadowedError):
        return words("shadowed", conn_id=asked.connection, holder=problem)
    if isinstance(problem, ApiError):
        return words("api", why=problem)
    return words("unexpected", why=type(problem).__name__)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Terminal()))
