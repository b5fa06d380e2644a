"""freee's answers about who we are to it: companies, the user who authorised, and that user's rights.

Each reader takes the JSON object of an answer and raises MisshapenError when it is not what freee's schema says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from freee_sync.strict_json import FLAG, LIST, OBJECT, OPTIONAL, TEXT, WHOLE, members

if TYPE_CHECKING:
    from collections.abc import Mapping

COMPANIES, USER, RIGHTS = "/api/1/companies", "/api/1/users/me", "/api/1/users/capabilities"
"""Where freee answers."""

_COMPANY = {"id": WHOLE, "display_name": TEXT | OPTIONAL, "name": TEXT | OPTIONAL}
_USER = {"display_name": TEXT | OPTIONAL, "email": TEXT | OPTIONAL}


def read_companies(answer: Mapping[str, Any]) -> dict[int, str]:
    """Of `/companies`: id to display name of every company of the user."""
    listed = members(answer, {"companies": LIST})["companies"]
    companies = [members(company, _COMPANY, f"companies[{number}]") for number, company in enumerate(listed)]
    return {each["id"]: each.get("display_name") or each.get("name") or str(each["id"]) for each in companies}


def read_user(answer: Mapping[str, Any]) -> str:
    """Of `/users/me`: display name and e-mail."""
    user = members(members(answer, {"user": OBJECT})["user"], _USER, "user")
    return " ".join(user[name] for name in _USER if user.get(name))


def read_rights(answer: Mapping[str, Any]) -> dict[str, bool]:
    """Of `/users/capabilities`: name of a right to whether it may be read. What freee adds beside is none of ours."""
    rights = {name: right for name, right in answer.items() if isinstance(right, dict) and "read" in right}
    return {name: members(right, {"read": FLAG}, name)["read"] for name, right in rights.items()}
