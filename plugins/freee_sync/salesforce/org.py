"""One Salesforce org: log-in, calls, describe, queries.

simple-salesforce logs in and tells where the org is; the calls are ours, because its own repeat a log-in without end on a
401 and lose the error code. A call that Salesforce could not serve is repeated: reads and upserts by external id may be.
A log-in is not: it stands outside of the tries.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

import requests
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from freee_sync.calls import OrgMeter
from freee_sync.errors import Stop
from freee_sync.fields import SalesforceField
from freee_sync.salesforce.answers import Columns, QueryReading, read_describe
from freee_sync.salesforce.faults import fault
from freee_sync.salesforce.renewal import Renewal, Session
from freee_sync.strict_json import TEXT, bad_answer, read_json
from freee_sync.verdicts import error
from freee_sync.waits import asked_seconds, can_wait, hint_first, tells

log = logging.getLogger(__name__)

TRIES = 4  # per call; beyond that Airflow's retries wait longer
FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0  # seconds between the tries of a call
QUERY_PAGE = 2000  # rows; Salesforce's maximum and its default

UNDER_WAY = "jobs/ingest/"
"""Calls about a job that was begun: to leave it unheard would cost its rows' answers, which come to few calls."""

T = TypeVar("T")


class Org:
    """Calls to one org. Safe to use from several threads.

    :param log_in: gives a logged-in session; called again when Salesforce says that the session has ended (`Renewal`).
    :param meter: how much of the org's day is used up, and may be.
    :raises Stop: when the log-in, the rights or the daily limit forbid the call. `Retry` when the org does not answer.
    """

    def __init__(
        self,
        log_in: Callable[[], Session],
        sleep: Callable[[float], None] = time.sleep,
        meter: OrgMeter | None = None,
    ) -> None:
        self.meter = meter or OrgMeter()
        self._sleep = sleep
        self._renewal = Renewal(log_in)

    @property
    def home(self) -> str:
        """Where people open the org."""
        return f"https://{self._renewal.session.sf_instance}"

    def organization(self) -> str:
        """The org's id, 18 characters."""
        soql = "SELECT Id FROM Organization"
        for record in self.query(soql, {"Id": TEXT}):
            return str(record["Id"])
        raise error("salesforce.object", f"{soql}: no row")

    def describe(self, name: str) -> dict[str, SalesforceField]:
        """The fields of an object that the user may see, by name.

        :raises Stop: `salesforce.object` when there is no such object, or the user may not see it.
        """
        path = f"sobjects/{name}/describe"
        answer = self.call("GET", path)
        with bad_answer("salesforce", f"GET {path}"):
            return read_describe(answer)

    def query(self, soql: str, columns: Columns) -> Iterator[dict[str, Any]]:
        """The records of a query, each with these columns of these types; see `pages`."""
        for records in self.pages(soql, columns):
            yield from records

    def pages(self, soql: str, columns: Columns) -> Iterator[list[dict[str, Any]]]:
        """The same, page by page.

        :raises Retry: `salesforce.bad_answer` when a page is not what was asked for; at the end, when rows were left out.
        """
        reading, params = QueryReading(columns), {"q": soql}
        while reading.next is not None:
            path = reading.next
            answer = self.call("GET", path, params=params)
            with bad_answer("salesforce", f"GET {path}"):
                records = reading.take(answer)
            yield records
            params = {}

    def call(self, method: str, path: str, *, params: Mapping[str, str] | None = None, body: Any = None) -> Any:
        """One REST call and its JSON answer; repeated while Salesforce cannot serve it.

        :param path: below `/services/data/vNN.0/`, or from the host when it begins with a slash.
        :raises Stop: `salesforce.budget` when the share of the org's day that may be used up is.
        """
        if not path.startswith(UNDER_WAY):
            self.meter.plan()
        return self.made(_Call(method, path, params or {}, body))

    def made(self, call: Callable[[Session], T]) -> T:
        """What a call gives that is more than JSON for JSON. It may be made several times, each time from its beginning.

        :param call: makes it in a session; see `answered`.
        """
        session = self._renewal.session
        try:
            return self._repeated(call, session)
        except Stop as problem:
            if problem.code != "salesforce.INVALID_SESSION_ID":
                raise
        return self._repeated(call, self._renewal.renewed(session))

    def _repeated(self, call: Callable[[Session], T], session: Session) -> T:
        """The call in this session, tried anew while that can help."""
        tries = Retrying(
            retry=retry_if_exception(can_wait),
            stop=stop_after_attempt(TRIES),
            wait=hint_first(wait_exponential_jitter(FIRST_WAIT, LONGEST_WAIT)),
            sleep=self._sleep,
            before_sleep=tells(log.warning),
            reraise=True,
        )
        answer = tries(call, session)
        self._renewal.prove()
        return answer


@dataclass(frozen=True)
class _Call:
    """One REST call, whichever session it is made in."""

    method: str
    path: str
    params: Mapping[str, str]
    body: Any

    def __call__(self, session: Session) -> Any:
        """Make it; its JSON answer."""
        headers = {"Sforce-Query-Options": f"batchSize={QUERY_PAGE}"}
        data = None if self.body is None else json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode()
        response = answered(session, self.method, self.path, params=self.params, data=data, headers=headers)
        with bad_answer("salesforce", f"{self.method} {self.path}"):
            return read_json(response.content)


def answered(
    session: Session, method: str, path: str, *, headers: Mapping[str, str], **options: Any
) -> requests.Response:
    """One request, made once; its answer when that is a success.

    :param path: as for `Org.call`.
    :param headers: beyond or instead of the session's own.
    :param options: of requests.
    """
    where = f"{method} {path}"
    url = f"https://{session.sf_instance}{path}" if path.startswith("/") else f"{session.base_url}{path}"
    try:
        response = session.session.request(method, url, headers={**session.headers, **headers}, **options)
        if response.status_code >= HTTPStatus.MULTIPLE_CHOICES:  # 300 is no success: the key fits several records
            raise fault(response.status_code, response.content, where, asked_seconds(response.headers))
    except requests.RequestException as problem:
        raise error("salesforce.unavailable", f"{where}: {type(problem).__name__}") from problem
    return response
