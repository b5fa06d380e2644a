"""Someone who links: answers what `link` asks, with a browser at hand; and an Airflow in memory to be linked."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlsplit

import requests

from freee_sync.link.stores import Fields
from sandbox.server import Sandbox

URL = re.compile(r"http\S+/public_api/authorize\?\S+")
TIMEOUT = 30.0  # seconds; more than loopback ever needs


def browser() -> requests.Session:
    """A session that no proxy stands before."""
    session = requests.Session()
    session.trust_env = False
    return session


def consent(page: str, answer: str = "allow", company_id: int | None = None) -> requests.Response:
    """Open freee's page, choose and press the button; what comes back, before any redirect is followed."""
    session = browser()
    form = dict(parse_qsl(urlsplit(page).query))
    session.get(page, timeout=TIMEOUT).raise_for_status()
    chosen = {} if company_id is None else {"company_id": str(company_id)}
    url = page.partition("?")[0]
    return session.post(url, data=form | chosen | {"answer": answer}, allow_redirects=False, timeout=TIMEOUT)


def shown_code(page: requests.Response) -> str:
    """The code on the page that freee shows out of band."""
    return page.text.partition("authorization_code'>")[2].partition("<")[0]


@dataclass
class Someone:
    """A person who is told things and gives these answers, in this order; a URL to open is opened at once.

    :param answers: a text, or what happens instead of an answer.
    :param visit: what is done with freee's page; its result is the answer to the question for the code.
    :ivar heard: all that was told and asked.
    """

    answers: list[str | Callable[[], str]] = field(default_factory=list)
    visit: Callable[[str], str] = lambda page: shown_code(consent(page))
    heard: list[str] = field(default_factory=list)

    def tell(self, text: str) -> None:
        """See `link.person.Person`."""
        self.heard.append(text)

    def ask(self, question: str) -> str:
        """See `link.person.Person`."""
        self.heard.append(question)
        if "認可コード" in question:
            return self.visit(self.page)
        answer = self.answers.pop(0)
        return answer if isinstance(answer, str) else answer()

    ask_secret = ask

    @property
    def page(self) -> str:
        """The URL that was last told to be opened."""
        return str(URL.findall("\n".join(self.heard))[-1])


@dataclass
class Surfer(Someone):
    """A person whose browser follows the redirect to the loopback callback by itself."""

    def tell(self, text: str) -> None:
        """Opens the page as soon as somebody waits for the answer."""
        super().tell(text)
        if "待っています" in text:
            threading.Thread(target=self._surf, daemon=True).start()

    def _surf(self) -> None:
        target = consent(self.page).headers["location"]
        for address in (urlsplit(target)._replace(path="/favicon.ico", query="").geturl(), target):
            browser().get(address, timeout=TIMEOUT)


@dataclass
class AirflowInMemory:
    """See `link.stores.Airflow`.

    :ivar runs: what `active_run` answers, call by call; None when it is used up.
    """

    runs: list[str | None] = field(default_factory=list)
    connections: dict[str, Fields] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    before_variable: Callable[[], None] = lambda: None

    def active_run(self, dag_id: str) -> str | None:
        return self.runs.pop(0) if self.runs else None

    def connection(self, conn_id: str) -> Fields | None:
        return self.connections.get(conn_id)

    def save_connection(self, fields: Fields, *, exists: bool) -> None:
        assert exists == (fields.conn_id in self.connections)
        self.connections[fields.conn_id] = replace(fields)

    def save_variable(self, name: str, value: str, description: str) -> None:
        assert description
        self.before_variable()
        self.variables[name] = value


def first_answers(sandbox: Sandbox) -> list[str | Callable[[], str]]:
    """What somebody says whose Airflow has no Connection to freee yet."""
    return [sandbox.freee_url, sandbox.freee_url, sandbox.client_id, sandbox.client_secret]
