"""Many processes share one pair of tokens, over Variables that know no compare-and-set: none spends it twice, none is left out."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from requests import Session

from freee_fakes import FakeClock
from freee_sync.errors import Stop
from freee_sync.freee.pair import Credentials, Pair
from freee_sync.freee.session import post_form
from freee_sync.freee.tokens import Tokens
from freee_sync.verdicts import verdict
from sandbox.company import Sizes
from sandbox.server import Sandbox, SandboxConfig
from token_user import FileVariables

if TYPE_CHECKING:
    from collections.abc import Iterator

USERS = 10
PATIENCE = 60.0  # seconds that all of them have
TOKEN, MARK = "freee_sync_token", "freee_sync_token_in_flight"
SCRIPT = Path(__file__).parents[1] / "token_user.py"


@dataclass
class Shared:
    """A freee, and Variables in a folder that hold a pair whose access token has ended."""

    sandbox: Sandbox
    folder: Path
    credentials: Credentials = field(init=False)
    ended: Pair = field(init=False)

    def __post_init__(self) -> None:
        sandbox = self.sandbox
        self.credentials = Credentials(
            sandbox.client_id, sandbox.client_secret, sandbox.company.id, sandbox.link(), sandbox.freee_url
        )
        pair = sandbox.tokens.link()
        ended_at = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
        self.ended = Pair(
            pair.access, pair.refresh, ended_at, sandbox.client_id, sandbox.company.id, self.credentials.seed
        )
        self.variables.set(TOKEN, self.ended.to_text(), "")

    @property
    def variables(self) -> FileVariables:
        """The Variables, as one more process sees them."""
        return FileVariables(self.folder)

    @property
    def stored(self) -> Pair:
        """The pair that the Variable holds."""
        pair = Pair.from_text(self.variables.get(TOKEN))
        assert pair is not None
        return pair

    def start(self, **store: Any) -> subprocess.Popen[str]:
        """A process that will ask when it is told to."""
        order = {**asdict(self.credentials), "folder": str(self.folder), "store": store}
        return subprocess.Popen(  # noqa: S603 - our own Python, our own script
            [sys.executable, str(SCRIPT), json.dumps(order)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def rush(self, users: int = USERS, **store: Any) -> list[dict[str, Any]]:
        """So many processes ask at the same moment; what each of them got, {} from one that died."""
        processes = [self.start(**store) for _ in range(users)]
        try:
            for process in processes:
                assert process.stdout is not None
                assert process.stdout.readline() == "ready\n"
            for process in processes:
                assert process.stdin is not None
                process.stdin.write("\n")
                process.stdin.flush()
            return [json.loads(process.communicate(timeout=PATIENCE)[0] or "{}") for process in processes]
        finally:
            for process in processes:
                process.kill()
                process.communicate()

    def user_of_later(self) -> Tokens:
        """One more user, whose waits are not slept; its clock stands at the present."""
        clock, session = FakeClock(datetime.now(UTC)), Session()
        session.trust_env = False
        return Tokens(
            self.variables,
            self.credentials,
            lambda url, form: post_form(session, url, form),
            clock.now,
            clock.sleep,
            mask=lambda _: None,
        )


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """A freee with next to no rows."""
    with Sandbox(SandboxConfig(sizes=Sizes(partners=1, account_items=1))) as sandbox:
        yield sandbox


@pytest.fixture
def shared(sandbox: Sandbox, tmp_path: Path) -> Shared:
    """A pair that has ended, for processes to find."""
    return Shared(sandbox, tmp_path)


@pytest.mark.parametrize("seconds", [0, 10], ids=["at once", "ten seconds after the answer"])
def test_ten_processes_with_one_expired_pair_are_all_served_by_one_refresh(shared: Shared, seconds: float) -> None:
    # given: a winner that takes so long to store what freee answered
    # when
    answers = shared.rush(slow=TOKEN, seconds=seconds)
    # then
    assert answers == [{"access": shared.stored.access}] * USERS
    assert shared.sandbox.tokens.accepted(shared.ended.refresh) == 1
    assert shared.sandbox.tokens.company_of(shared.stored.access) == shared.credentials.company_id
    assert shared.sandbox.tokens.refresh(shared.stored.refresh) is not None  # the newest pair: freee still takes it


def test_a_crash_between_answer_and_store_is_called_so_and_nothing_is_asked_blindly(shared: Shared) -> None:
    # given
    assert shared.rush(users=1, slow=TOKEN, crash=True) == [{}]
    assert shared.sandbox.tokens.accepted(shared.ended.refresh) == 1
    spent_at = json.loads(shared.variables.get(MARK) or "")["at"]
    # when
    with pytest.raises(Stop) as lost:
        shared.user_of_later().access_token()
    # then
    assert lost.value.code == "token.lost"
    assert "保存" in lost.value.detail
    assert spent_at in lost.value.detail
    assert "保存" in verdict("token.lost").ja.cause
    assert shared.stored == shared.ended


def test_a_new_link_heals_what_a_crash_has_lost(shared: Shared) -> None:
    # given
    shared.rush(users=1, slow=TOKEN, crash=True)
    # when
    shared.credentials = replace(shared.credentials, refresh_token=shared.sandbox.link())
    # then
    assert shared.user_of_later().access_token() == shared.stored.access
    assert shared.stored.seed == shared.credentials.seed
