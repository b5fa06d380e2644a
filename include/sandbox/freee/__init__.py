"""The sandbox's freee: https://api.freee.co.jp and https://accounts.secure.freee.co.jp as far as a master sync sees them."""

from __future__ import annotations

from sandbox.freee.app import freee_app
from sandbox.freee.tokens import Tokens

__all__ = ["Tokens", "freee_app"]
