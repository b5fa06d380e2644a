"""Plain http goes to a sandbox and nowhere else."""

from __future__ import annotations

import pytest

from freee_sync.addresses import require_https, sandbox_hosts
from freee_sync.errors import Stop

SANDBOX = frozenset({"sandbox", "freee.internal", "api.freee.co.jp", "salesforce.com"})


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://api.freee.co.jp", "https://api.freee.co.jp"),
        ("https://api.freee.co.jp/", "https://api.freee.co.jp"),
        ("api.freee.co.jp", "https://api.freee.co.jp"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://127.8.8.8", "http://127.8.8.8"),
        ("http://localhost:1", "http://localhost:1"),
        ("http://[::1]:1", "http://[::1]:1"),
        ("http://SANDBOX:8000", "http://SANDBOX:8000"),
        ("http://freee.internal", "http://freee.internal"),
    ],
)
def test_lets_https_loopback_and_sandboxes_through(url: str, address: str) -> None:
    assert require_https(url, SANDBOX) == address


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "http://api.freee.co.jp",
        "http://freee.co.jp",
        "http://salesforce.com",
        "http://my.salesforce.com",
        "http://org.my.force.com",
        "http://sandbox.evil.com",
        "http://127.0.0.1.evil.com",
        "http://user@example.com",
        "ftp://sandbox",
        "https://",
        "http://[::1",
        "",
    ],
)
def test_refuses_everything_else_and_names_the_address(url: str) -> None:
    with pytest.raises(Stop) as refused:
        require_https(url, SANDBOX)

    assert refused.value.code == "settings.insecure"
    assert url in refused.value.detail


def test_without_sandboxes_only_loopback_may_be_plain() -> None:
    with pytest.raises(Stop):
        require_https("http://sandbox", frozenset())


def test_sandboxes_are_named_in_one_environment_variable() -> None:
    assert sandbox_hosts({"FREEE_SYNC_SANDBOX_HOSTS": " Sandbox, freee.internal ,,"}) == {"sandbox", "freee.internal"}
    assert sandbox_hosts({}) == frozenset()
