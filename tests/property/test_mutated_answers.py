"""Ten thousand answers with random bytes changed: either our own error, or exactly what the bytes say.

    an error       is ours, tells the request, and the place in the answer
    no error       the product took what a plain `json` reader takes from the same bytes: no row more, none less, no other value
    a listing      of which an answer lost rows is never complete, unless another answer brought them
    a good row     is a row that the org holds as it was sent

What nobody could see, because neither side signs its answers or tells a total where it matters:

- a garbled value that is still a value of its type: a letter of a name, a digit of an id or a key;
- a row gone whole out of a list that freee gives in one answer (taxes, account items, sections), and all rows but the joint gone
  out of one page: both look like a list that ends there. The ceiling on marks stands behind this: of a scope, no more than five
  rows or 5 % are marked missing in one run, and none when freee lists none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass, field, replace
from functools import partial
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import pytest
import requests
import yaml
from tenacity import wait_none

from fakes import FakeVariables
from freee_fakes import NOON
from freee_sync.errors import Retry, SyncError
from freee_sync.freee import hook as hook_module
from freee_sync.freee.answers import Answer
from freee_sync.freee.hook import FreeeHook, Pace
from freee_sync.freee.listing import Listing
from freee_sync.freee.pair import Credentials
from freee_sync.freee.people import read_companies
from freee_sync.freee.tokens import Tokens
from freee_sync.mapper import Mapper
from freee_sync.masters import BY_NAME, MASTERS, Master, Scope
from freee_sync.salesforce import org as org_module
from freee_sync.salesforce.org import Org
from freee_sync.salesforce.sobject_collections import CollectionsUpsert, Outgoing
from freee_sync.strict_json import NULL, TEXT, bad_answer
from garbled import PageServer, Said, Script, garbled
from rig import SMALL, Rig, no_sleep, rigged
from sandbox.company import Sizes
from sandbox.salesforce.automation import FieldRule

RECORDED = Path(__file__).parents[2].parent / "shared" / "recorded" / "salesforce"

OBJECT, KEY = "FreeePartner__c", "FreeeKey__c"
ROWS_A_CALL = 30  # of the write call whose answer is recorded
WRITES, LOADS = 80, 12  # calls and whole loads whose answers are garbled while the org stores what it is sent
LONGEST_LIST = 40  # rows of a master
COLUMNS = 6  # of a query
PAGE = 16  # rows a page of freee's lists here, so that most have several
UNLUCKY = "拒否"  # names with this word are refused by the org

EXAMPLES = {
    **{f"list of {scope.path}": 500 for master in MASTERS for scope in master.scopes},
    "companies": 700,
    "user": 700,
    "rights": 300,
    "tokens": 700,
    "query": 800,
    "describe": 500,
    "organization": 500,
    "write": 1300,
}
"""How many garbled answers each reader is given."""

PLACE = re.compile(r": (?:\d+行\d+文字目|\d+バイト目|応答|[\w.…・]+(?:\[\d+\][\w.…]*)*|(?:\[\d+\][\w.…]*)+): ")


def dice_of(name: str, number: int) -> Random:
    """The same dice for the same example in every run."""
    return Random(f"{name} {number}")  # noqa: S311 - not a secret


def test_ten_thousand_answers_are_tried() -> None:
    assert sum(EXAMPLES.values()) == 10_000


@dataclass(frozen=True)
class Conversation:
    """Answers of a real server, how the product reads them, and what a plain reader takes from the same bytes.

    :param request: regular expression of how an error names the request.
    :param codes: verdict codes of errors that name no place, because the answer was read and says so.
    """

    request: str
    answers: Sequence[bytes]
    read: Callable[[Sequence[bytes]], Any]
    plain: Callable[[Sequence[bytes]], Any]
    codes: tuple[str, ...] = ()

    def check(self, answers: Sequence[bytes]) -> None:
        """The promise, for these answers."""
        try:
            taken = self.read(answers)
        except SyncError as problem:
            if problem.code not in self.codes:
                assert_named(problem, self.request)
        else:
            assert taken == self.plain(answers)


def assert_named(problem: SyncError, request: str) -> None:
    """The error is of an answer that could not be read, and tells where."""
    assert isinstance(problem, Retry)
    assert problem.code in {"freee.bad_answer", "salesforce.bad_answer", "token.unavailable"}
    assert re.search(request, problem.detail), problem.detail
    assert PLACE.search(problem.detail), problem.detail


@dataclass
class World:
    """What was recorded."""

    conversations: Mapping[str, Conversation]
    lists: Mapping[str, Sequence[Any]]
    mappers: Mapping[str, Mapper]
    hook: FreeeHook
    company_id: int


@pytest.fixture(scope="module")
def world() -> World:
    """A company and its org, talked to once; nothing of it runs while answers are garbled."""
    with rigged(Sizes(**(vars(SMALL) | {"partners": 230}))) as rig:
        rig.run("partners")
        recorded = Recorder(rig)
        conversations = {**recorded.of_freee(), **recorded.of_salesforce()}
        lists = {
            scope.path: rig.freee.get(*_whole_list(rig, scope))[master.envelope][:LONGEST_LIST]
            for master in MASTERS
            for scope in master.scopes
        }
        mappers = {master.name: _mapper(rig, master) for master in MASTERS}
    return World(conversations, lists, mappers, recorded.hook, rig.sandbox.company.id)


def _mapper(rig: Rig, master: Master) -> Mapper:
    mapping = rig.mapping[master.name]
    return Mapper(master, mapping, rig.org.describe(mapping.object), rig.sandbox.company.id)


@pytest.fixture
def one_try(monkeypatch: pytest.MonkeyPatch) -> None:
    """No call is made again: it would be answered with the same bytes."""
    monkeypatch.setattr(org_module, "TRIES", 1)
    monkeypatch.setattr(hook_module, "TRIES", 1)


def _whole_list(rig: Rig, scope: Scope) -> tuple[str, dict[str, Any]]:
    company = rig.sandbox.company.id
    limit = {} if scope.segment is None and "{" in scope.path else {"company_id": company, "limit": 500}
    return scope.path.format(company_id=company), limit


def through(hook: FreeeHook, network: Any) -> FreeeHook:
    """The hook, with this in place of the network."""
    vars(hook).update(_session=network, tokens=SimpleNamespace(access_token=lambda: "access"))
    return hook


def org_of(network: Script) -> Org:
    """An org behind this in place of the network."""
    session = SimpleNamespace(
        base_url="https://org/services/data/v62.0/", sf_instance="org", headers={}, session=network
    )
    return Org(lambda: session, no_sleep)


class Recorder:
    """Talks to the sandbox with the product's own clients, and keeps the bytes of its answers."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._heard: list[bytes] = []
        pace = Pace(between=wait_none(), sleep=no_sleep, now=rig.sandbox.clock.now)
        self.hook = FreeeHook(variables=rig.variables, pace=pace)
        _listen(self.hook._session, self._heard)
        _listen(rig.org._renewal.session.session, self._heard)

    def heard(self, talk: Callable[[], Any]) -> Sequence[bytes]:
        """The answers that the product got while it did this."""
        self._heard.clear()
        talk()
        return tuple(self._heard)

    def of_freee(self) -> dict[str, Conversation]:
        """Who we are, and the tokens."""
        hook = self.hook
        ask = {"companies": hook.company, "user": hook.user, "rights": hook.capabilities}
        said = {name: self.heard(talk) for name, talk in ask.items()}
        company = self._rig.sandbox.company
        return {
            "companies": Conversation(
                "GET /api/1/companies",
                said["companies"],
                lambda answers: read_names(through(hook, Script(answers))),
                lambda answers: {each["id"]: _name(each) for each in json.loads(answers[0])["companies"]},
            ),
            "user": Conversation(
                "GET /api/1/users/me",
                said["user"],
                lambda answers: through(hook, Script(answers)).user(),
                lambda answers: _shown(json.loads(answers[0])["user"]),
            ),
            "rights": Conversation(
                "GET /api/1/users/capabilities",
                said["rights"],
                lambda answers: through(hook, Script(answers)).capabilities(),
                lambda answers: _rights(json.loads(answers[0])),
            ),
            "tokens": Conversation(
                "POST /public_api/token",
                [self._token_answer()],
                lambda answers: refreshed(answers[0], company.id),
                lambda answers: _tokens(json.loads(answers[0])),
                codes=("freee.company_not_found",),
            ),
        }

    def of_salesforce(self) -> dict[str, Conversation]:
        """Everything we ask of an org."""
        rig = self._rig
        columns = dict([*_mapper(rig, BY_NAME["partners"]).columns.items()][:COLUMNS])
        soql = f"SELECT {', '.join(columns)} FROM {OBJECT}"  # noqa: S608 - SOQL of our own
        rows = outgoing(dice_of("write", 0), 0)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(org_module, "QUERY_PAGE", 200)  # the smallest that Salesforce gives
            pages = self.heard(lambda: list(rig.org.query(soql, columns)))
        upsert = CollectionsUpsert(rig.org, OBJECT, KEY, sleep=no_sleep)
        upsert(rows[::3])
        _refuse_unlucky(rig)
        return {
            "query": query_conversation(pages, columns),
            "describe": describe_conversation(self.heard(lambda: rig.org.describe(OBJECT))),
            "organization": Conversation(
                "GET query",
                self.heard(rig.org.organization),
                lambda answers: org_of(Script(answers)).organization(),
                lambda answers: json.loads(answers[0])["records"][0]["Id"],
                codes=("salesforce.object",),
            ),
            "write": write_conversation(self.heard(lambda: upsert(rows)), rows),
        }

    def _token_answer(self) -> bytes:
        refresh, sandbox = self._rig.sandbox.link(), self._rig.sandbox
        form = {"grant_type": "refresh_token", "client_id": sandbox.client_id, "client_secret": sandbox.client_secret}
        url = f"{sandbox.freee_url}/public_api/token"
        return self.hook._session.post(
            url, data={**form, "refresh_token": refresh}, auth=lambda request: request
        ).content


def _listen(session: Any, heard: list[bytes]) -> None:
    session.hooks["response"].append(lambda response, **_: heard.append(response.content))


def query_conversation(pages: Sequence[bytes], columns: Mapping[str, Any]) -> Conversation:
    """A query and the rows of its pages."""
    return Conversation(
        r"GET (?:query|/services/data/v\d+\.\d/query/[\w-]+)",
        pages,
        lambda answers: list(org_of(Script(answers)).query("SELECT", columns)),
        lambda answers: [record for answer in answers for record in json.loads(answer)["records"]],
    )


DESCRIBED = (
    *("name", "type", "length", "scale", "nillable", "createable", "updateable"),
    *("externalId", "unique", "defaultedOnCreate"),
)


def describe_conversation(answers: Sequence[bytes]) -> Conversation:
    """A describe and its fields."""

    def read(answers: Sequence[bytes]) -> Any:
        return [astuple(described) for described in org_of(Script(answers)).describe("X__c").values()]

    def plain(answers: Sequence[bytes]) -> Any:
        return [
            (*[described[name] for name in DESCRIBED], tuple(described["referenceTo"]), described["relationshipName"])
            for described in json.loads(answers[0])["fields"]
        ]

    return Conversation("GET sobjects/X__c/describe", answers, read, plain)


def write_conversation(answers: Sequence[bytes], rows: Sequence[Outgoing]) -> Conversation:
    """A write call and what it says of each row."""

    def read(answers: Sequence[bytes]) -> Any:
        upsert = CollectionsUpsert(org_of(Script(answers)), OBJECT, KEY, sleep=no_sleep)
        return [(answer.code is None, answer.created) for answer in upsert(rows)]

    def plain(answers: Sequence[bytes]) -> Any:
        return [(told["success"], told["success"] and told["created"]) for told in json.loads(answers[0])]

    return Conversation(f"PATCH composite/sobjects/{OBJECT}/{KEY}", answers, read, plain)


def outgoing(dice: Random, number: int) -> list[Outgoing]:
    """Rows of a write call; each third is one that an earlier call may have written, and some names are unlucky."""
    names = [f"取引先{number}-{each}" + (UNLUCKY if dice.random() < 0.2 else "") for each in range(ROWS_A_CALL)]
    keys = [f"1-{each if each % 3 == 0 else each + 100 * (number + 1)}" for each in range(ROWS_A_CALL)]
    return [Outgoing(key, {"Name": name, "FullName__c": name}) for key, name in zip(keys, names, strict=True)]


def _refuse_unlucky(rig: Rig) -> None:
    rig.sandbox.org.validation_rules[OBJECT] = FieldRule(
        "FullName__c", contains=UNLUCKY, message="この名前は使えません"
    )


def read_names(hook: FreeeHook) -> dict[int, str]:
    """All companies that the hook's own reader finds; `company` only looks up one of them."""
    with bad_answer("freee", "GET /api/1/companies"):
        return read_companies(hook.get("/api/1/companies"))


def refreshed(content: bytes, company_id: int) -> tuple[str, str]:
    """The pair that is stored after the token endpoint has answered so."""
    credentials = Credentials("client", "word", company_id, refresh_token="seed")
    variables = FakeVariables()
    tokens = Tokens(
        variables,
        credentials,
        post=lambda _url, _form: Answer(200, {}, content),
        now=lambda: NOON,
        sleep=no_sleep,
        mask=lambda _: None,
    )
    tokens.access_token()
    stored = json.loads(variables.values["freee_sync_token"])
    return stored["access"], stored["refresh"]


def _tokens(answer: dict[str, Any]) -> tuple[str, str]:
    return answer["access_token"], answer.get("refresh_token") or "seed"


def _name(company: dict[str, Any]) -> str:
    return company.get("display_name") or company.get("name") or str(company["id"])


def _shown(user: dict[str, Any]) -> str:
    return " ".join(user[name] for name in ("display_name", "email") if user.get(name))


def _rights(answer: dict[str, Any]) -> dict[str, bool]:
    return {name: right["read"] for name, right in answer.items() if isinstance(right, dict) and "read" in right}


NAMES = [name for name in EXAMPLES if not name.startswith("list of ")]


@pytest.mark.parametrize("name", NAMES)
def test_what_a_server_really_says_is_read_as_it_stands(world: World, name: str) -> None:
    talk = world.conversations[name]
    assert talk.read(talk.answers) == talk.plain(talk.answers)


def test_the_recorded_answers_hold_what_can_go_wrong(world: World) -> None:
    results = json.loads(world.conversations["write"].answers[0])
    assert len(world.conversations["query"].answers) > 1
    assert {(result["success"], result.get("created")) for result in results} == {
        (True, True),
        (True, False),
        (False, None),
    }


@pytest.mark.usefixtures("one_try")
@pytest.mark.parametrize("name", NAMES)
def test_a_garbled_answer_is_refused_at_its_place_or_read_as_it_stands(world: World, name: str) -> None:
    garble(name, world.conversations[name], EXAMPLES[name])


def garble(name: str, talk: Conversation, examples: int) -> None:
    """Check the promise for so many garblings of one answer each."""
    for number in range(examples):
        dice = dice_of(name, number)
        answers = list(talk.answers)
        struck = dice.randrange(len(answers))
        answers[struck] = garbled(answers[struck], dice)
        talk.check(answers)


SCOPES = [
    (replace(master, page_limit=master.page_limit and PAGE), scope) for master in MASTERS for scope in master.scopes
]


@dataclass
class Garbling:
    """One listing with one garbled answer.

    :ivar yielded: the rows of the last sweep.
    """

    listing: Listing
    server: PageServer
    yielded: list[Any] = field(default_factory=list)
    sweep: int = 0

    def run(self) -> None:
        """List to the end."""
        for page in self.listing.pages():
            if page.sweep != self.sweep:
                self.sweep, self.yielded = page.sweep, []
            self.yielded += page.rows

    def plain(self) -> list[Any]:
        """What a plain reader takes from the answers of the last sweep: of rows with one key, such as a joint, the first."""
        starts = [0] + [
            number for number, (offset, _) in enumerate(self.server.served) if self.sweep > 1 and offset == 0
        ]
        rows: dict[Any, Any] = {}
        for _, content in self.server.served[starts[-1] :]:
            for row in json.loads(content)[self.server.envelope]:
                rows.setdefault(row[self.listing.master.key_field], row)
        return [*rows.values()]

    def looks_like_the_end(self) -> bool:
        """Whether the last answer lost all rows but the joint."""
        offset, content = self.server.served[-1]
        told, kept = json.loads(content)[self.server.envelope], self.server.rows[offset + 1 :]
        return len(told) <= 1 and bool(kept)


def listed(world: World, master: Master, scope: Scope, spoil: Callable[[bytes], bytes], strike: int) -> Garbling:
    """A listing whose strike-th answer is spoilt."""
    server = PageServer(master.envelope, world.lists[scope.path], strike, spoil)
    hook = through(world.hook, server)
    return Garbling(Listing(hook.get, master, scope, world.company_id), server)


@pytest.mark.usefixtures("one_try")
@pytest.mark.parametrize(("master", "scope"), SCOPES, ids=[scope.path for _, scope in SCOPES])
def test_a_garbled_listing_is_refused_or_read_as_it_stands_and_never_shorter(
    world: World, master: Master, scope: Scope
) -> None:
    pages = 1 if master.page_limit is None else len(world.lists[scope.path]) // (PAGE - 1) + 1
    for number in range(EXAMPLES[f"list of {scope.path}"]):
        dice = dice_of(scope.path, number)
        garbling = listed(world, master, scope, partial(garbled, dice=dice), dice.randint(1, pages))
        try:
            garbling.run()
        except SyncError as problem:
            assert_named(problem, f"GET {scope.path.format(company_id=world.company_id)}")
            continue
        for position, row in enumerate(garbling.yielded, start=1):
            world.mappers[master.name].row(row, scope, position)  # a row or its refusal, whatever it holds
        if garbling.listing.complete:
            assert garbling.yielded == garbling.plain()
            whole = len(garbling.yielded) == len(world.lists[scope.path])
            assert whole or master.page_limit is None or garbling.looks_like_the_end()


def recorded_conversations() -> Iterator[tuple[str, Conversation]]:
    """Answers that CumulusCI recorded from a real org: a describe, writes by key, and queries of plain columns."""
    describe = yaml.safe_load((RECORDED / "GET_sobjects_Custom__c_describe.yaml").read_text(encoding="utf-8"))
    yield "describe", describe_conversation([describe["response"]["body"]["string"].encode()])
    for cassette in sorted(RECORDED.glob("TestUpsert.*.yaml")):
        for number, exchange in enumerate(yaml.safe_load(cassette.read_text(encoding="utf-8"))["interactions"]):
            talk = recorded_conversation(exchange) if "request" in exchange else None
            if talk is not None:
                yield f"{cassette.stem} {number}", talk


def recorded_conversation(exchange: Mapping[str, Any]) -> Conversation | None:
    """One exchange of a cassette; None for calls that the product does not make."""
    request, content = exchange["request"], exchange["response"]["body"]["string"].encode()
    if request["method"] == "PATCH":
        return write_conversation(
            [content], [Outgoing(str(number), {}) for number, _ in enumerate(json.loads(content))]
        )
    asked = re.search(r"/query/\?q=select\+((?:\w|%2C)+)\+from", request["uri"])
    return query_conversation([content], dict.fromkeys(asked[1].split("%2C"), TEXT | NULL)) if asked else None


@pytest.mark.usefixtures("one_try")
@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded answers are not beside the clone")
def test_answers_of_a_real_org_are_read_and_garbled_ones_refused_or_read_as_they_stand() -> None:
    talks = dict(recorded_conversations())

    for name, talk in talks.items():
        assert talk.read(talk.answers) == talk.plain(talk.answers)
        garble(name, talk, 30)

    assert len(talks) > 10


@dataclass
class GarbledWrites:
    """The way to a real org: each call is served, and then its answer to a write garbled, for each try of it alike.

    :ivar dice: new for each example.
    """

    real: requests.Session
    dice: Random = field(default_factory=partial(dice_of, "write", 0))

    def request(self, method: str, url: str, **options: Any) -> Any:
        """What `requests.Session` does."""
        response = self.real.request(method, url, **options)
        if method != "PATCH":
            return response
        return Said(garbled(response.content, self.dice))


@pytest.fixture
def garbling_rig() -> Iterator[tuple[Rig, GarbledWrites]]:
    """A company and an org that refuses unlucky names; what it says of writes arrives garbled."""
    with rigged(SMALL) as rig:
        _refuse_unlucky(rig)
        session = rig.org._renewal.session
        network = GarbledWrites(session.session)
        session.session = cast("requests.Session", network)
        yield rig, network


def test_a_row_answered_good_is_a_row_that_the_org_stored_as_it_was_sent(
    garbling_rig: tuple[Rig, GarbledWrites],
) -> None:
    rig, network = garbling_rig
    upsert, understood = CollectionsUpsert(rig.org, OBJECT, KEY, sleep=no_sleep), 0
    for number in range(WRITES):
        network.dice = dice_of("write", number)
        rows = outgoing(network.dice, number)
        try:
            answers = upsert(rows)
        except SyncError as problem:
            assert_named(problem, f"PATCH composite/sobjects/{OBJECT}/{KEY}")
            continue
        understood += 1
        stored = {str(row[KEY]): row.get("FullName__c") for row in rig.sandbox.org.rows(OBJECT)}
        good = {answer.key for answer in answers if answer.code is None}
        assert {row.key for row in rows if row.fields["FullName__c"] == stored.get(row.key)} >= good
    assert understood > 5


def test_what_a_try_counts_as_created_or_updated_is_stored_as_freee_has_it(
    garbling_rig: tuple[Rig, GarbledWrites],
) -> None:
    rig, network = garbling_rig
    company = rig.sandbox.company
    for number in range(LOADS):
        network.dice = dice_of("load", number)
        names = {
            key: f"取引先{number}-{key}" + UNLUCKY * (network.dice.random() < 0.2) for key in company.keys("partners")
        }
        for key, name in names.items():
            company.edit("partners", key, {"name": name})
        with suppress(SyncError):
            rig.run("partners", full_load=True)
        last, held = rig.published[-1], rig.held("partners")
        stored = sum(held.get(f"{company.id}-{key}", {}).get("FullName__c") == name for key, name in names.items())
        assert last.read == len(names)
        assert last.unchanged == 0
        assert last.created + last.updated <= stored
        assert last.stop is not None or last.failed == sum(UNLUCKY in name for name in names.values())
