"""Which addresses the package will talk to: https, and plain http only to a sandbox."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from freee_sync.bilingual import say
from freee_sync.errors import Stop

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

SANDBOX_HOSTS = "FREEE_SYNC_SANDBOX_HOSTS"
"""Environment variable: comma separated hosts that may be spoken to in plain http."""

NEVER_PLAIN = ("freee.co.jp", "salesforce.com", "force.com")
"""Domains of the real services: naming them as a sandbox changes nothing."""


def sandbox_hosts(environment: Mapping[str, str]) -> frozenset[str]:
    """The hosts that the environment names as sandboxes, in lower case."""
    names = environment.get(SANDBOX_HOSTS, "").lower().split(",")
    return frozenset(name.strip() for name in names if name.strip())


def require_https(url: str, sandbox_hosts: Collection[str]) -> str:
    """The address without a slash at its end; https is added when no scheme is given.

    :raises Stop: `settings.insecure`, when it is not https and its host is neither loopback nor a sandbox.
    """
    address = (url if "://" in url else f"https://{url}").rstrip("/")
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        raise Stop("settings.insecure", say(f"「{url}」はURLとして読めません。", f'"{url}" is no URL.')) from None
    if host and (parts.scheme == "https" or (parts.scheme == "http" and _may_be_plain(host, sandbox_hosts))):
        return address
    problem = say(
        f"「{url}」はhttpsではありません。httpsのURLにしてください。", f'"{url}" is not https. Give an https URL.'
    )
    raise Stop("settings.insecure", problem)


def _may_be_plain(host: str, sandbox_hosts: Collection[str]) -> bool:
    if any(host == domain or host.endswith(f".{domain}") for domain in NEVER_PLAIN):
        return False
    return host in sandbox_hosts or _is_loopback(host)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
