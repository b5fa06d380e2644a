"""The steps of a link, in the order that the package's docstring tells."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from freee_sync.bilingual import Words
from freee_sync.errors import Stop, SyncError
from freee_sync.freee.authorisation import OUT_OF_BAND, Authorisation, NoCodeError
from freee_sync.freee.connection import API_URL, read_account, read_extras
from freee_sync.freee.pair import ACCOUNTS_URL, Pair
from freee_sync.link.listener import Listener, listens
from freee_sync.link.person import Person
from freee_sync.link.stores import Airflow, Fields
from freee_sync.settings import PREFIX, VARIABLES
from freee_sync.uninterrupted import uninterrupted

Ask = Callable[[str], str]


class LinkRefusedError(Exception):
    """The link cannot be made; the message is for the person. Nothing was stored."""


@dataclass(frozen=True)
class Order:
    """What is to be linked.

    :param callback: the app's callback URL.
    :param hosts: what may be spoken to in plain http, besides loopback.
    """

    dag_id: str = "freee_master_sync"
    conn_id: str = "freee_default"
    prefix: str = PREFIX
    callback: str = OUT_OF_BAND
    hosts: Collection[str] = ()


@dataclass
class Linking:
    """One link, from the first question to the last write.

    :ivar stored: whether the Connection was written; None when that was tried and nobody knows.
    """

    order: Order
    airflow: Airflow
    person: Person
    words: Words
    stored: bool | None = False

    def run(self) -> None:
        """Do it all.

        :raises LinkRefusedError: when the person, freee or Airflow says no.
        :raises SyncError: `settings.*`, `token.*` or `freee.*`. Nothing was stored either way.
        :raises Exception: whatever Airflow's database or API raises; see `stored`.
        """
        self._refuse_while_active()
        held = self.airflow.connection(self.order.conn_id)
        fields = self._completed(held)
        authorisation = self._authorisation(fields)
        pair = self._exchanged(authorisation, self._code(authorisation))
        company = self._company(authorisation, pair)
        if held is not None:
            self._confirm_switch(fields, company)
        self._refuse_while_active()
        extras = {"company_id": company[0], "refresh_token": pair.refresh}
        filled = replace(fields, extra=fields.with_extras(extras))
        with uninterrupted(lambda: self.person.tell(self.words("holding"))):
            self.stored = None
            self.airflow.save_connection(filled, exists=held is not None)
            self.stored = True
            self._store_pair(replace(pair, company_id=company[0]), f"{company[1]} ({company[0]})")

    def _refuse_while_active(self) -> None:
        run_id = self.airflow.active_run(self.order.dag_id)
        if run_id is not None:
            raise self._refused("active", dag_id=self.order.dag_id, run_id=run_id)

    def _completed(self, held: Fields | None) -> Fields:
        """The Connection's fields, what is not there asked for."""
        fields = held or self._new_fields()
        return replace(
            fields,
            login=fields.login or self._required("client_id", self.person.ask),
            password=fields.password or self._required("client_secret", self.person.ask_secret),
        )

    def _new_fields(self) -> Fields:
        host = self.person.ask(self.words("host", default=API_URL))
        accounts_url = self.person.ask(self.words("accounts_url", default=ACCOUNTS_URL))
        fields = Fields(self.order.conn_id, host=host or API_URL)
        return replace(fields, extra=fields.with_extras({"accounts_url": accounts_url} if accounts_url else {}))

    def _required(self, name: str, ask: Ask) -> str:
        question = self.words(name)
        answer = ask(question)
        if not answer:
            raise self._refused("required", field=question.rstrip(": "))
        return answer

    def _authorisation(self, fields: Fields) -> Authorisation:
        unknown = replace(fields, extra=fields.with_extras({"company_id": 0}))
        return Authorisation(read_account(unknown, self.order.hosts), self.order.callback, self.order.hosts)

    def _code(self, authorisation: Authorisation) -> str:
        """What the page gave, pasted or caught."""
        try:
            return authorisation.code_in(self._answer(authorisation))
        except NoCodeError as problem:
            raise self._refused(problem.reason) from None

    def _answer(self, authorisation: Authorisation) -> str:
        callback = self.order.callback
        if not listens(callback):
            self.person.tell(self.words("open", url=authorisation.url))
            return self.person.ask(self.words("code"))
        try:
            listener = Listener(callback)
        except OSError as problem:
            raise self._refused("port", callback=callback, why=problem.strerror) from None
        self.person.tell(self.words("open", url=authorisation.url))
        self.person.tell(self.words("listening", callback=callback))
        answer = listener.wait()
        if answer is None:
            raise self._refused("late")
        return answer

    def _exchanged(self, authorisation: Authorisation, code: str) -> Pair:
        try:
            return authorisation.exchange(code)
        except Stop as problem:
            if problem.code != "token.invalid_grant":
                raise
            raise self._refused("bad_code", callback=self.order.callback, detail=problem.detail) from None

    def _company(self, authorisation: Authorisation, pair: Pair) -> tuple[int, str]:
        """Id and name of the company that the pair is for; asked for when neither freee nor the list leaves only one."""
        companies = self._listed(authorisation, pair)
        if pair.company_id:
            return pair.company_id, companies.get(pair.company_id, "")
        if len(companies) == 1:
            return next(iter(companies.items()))
        choices = "\n".join(f"  {key}  {name}" for key, name in companies.items())
        self.person.tell(self.words("companies", choices=choices))
        chosen = self.person.ask(self.words("company"))
        if not chosen.isdecimal() or int(chosen) not in companies:
            raise self._refused("no_such_company", company=chosen)
        return int(chosen), companies[int(chosen)]

    def _listed(self, authorisation: Authorisation, pair: Pair) -> dict[int, str]:
        """The person's companies; a list that cannot be had is no reason to lose a pair whose company is known."""
        try:
            return authorisation.companies(pair)
        except SyncError:
            if pair.company_id:
                return {}
            raise

    def _confirm_switch(self, fields: Fields, company: tuple[int, str]) -> None:
        old = str(read_extras(fields).get("company_id") or "")
        if old in ("", str(company[0])):
            return
        new = f"{company[0]} {company[1]}"
        if self.person.ask(self.words("switch", conn_id=fields.conn_id, old=old, new=new)).lower() not in ("y", "yes"):
            raise self._refused("not_switched")

    def _store_pair(self, pair: Pair, company: str) -> None:
        name = f"{self.order.prefix}token"
        told = {"company": company, "conn_id": self.order.conn_id, "variable": name}
        try:
            self.airflow.save_variable(name, pair.to_text(), VARIABLES["token"].description)
        except Exception as problem:  # noqa: BLE001 - whatever it is, the Connection alone makes the link
            self.person.tell(self.words("half_stored", why=type(problem).__name__, **told))
        else:
            self.person.tell(self.words("linked", **told))

    def _refused(self, name: str, **values: object) -> LinkRefusedError:
        return LinkRefusedError(self.words(name, **values))
