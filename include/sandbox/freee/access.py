"""Who may read what: the token, its company, the user's rights and the company's plan, asked in this order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.freee.answers import expired, no_company, no_plan, no_right

if TYPE_CHECKING:
    from fastapi import Request

    from sandbox.company import Company
    from sandbox.freee.tokens import Tokens

SEGMENT_RIGHT = "division_tag_"
RIGHTS = (
    "partners",
    "items",
    "sections",
    "tags",
    "account_items",
    "taxes",
    *(f"{SEGMENT_RIGHT}{segment}" for segment in (1, 2, 3)),
)
"""The rights of our masters in `/users/capabilities`."""

VERBS = {"index": "read", "show": "read", "create": "create", "update": "update", "destroy": "destroy"}
"""What each right is divided into there, by the action that wants it."""


@dataclass(frozen=True)
class Gate:
    """What stands before every endpoint."""

    company: Company
    tokens: Tokens

    def token_company(self, request: Request) -> int:
        """The company of the token that came with the request.

        :raises RefusedError: 401 when there is no good token.
        """
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        company = self.tokens.company_of(token) if scheme.lower() == "bearer" else None
        if company is None:
            raise expired()
        return company

    def admit(self, request: Request, company_id: int, right: str, action: str = "index") -> None:
        """Let one action on a master pass.

        :param action: index, show, create, update or destroy, as Rails calls them.

        :raises RefusedError: 401 with the code that says why not.
        """
        if company_id != self.token_company(request):
            raise no_company()
        if not self.on_plan(right):
            raise no_plan()
        if not self.may(right, VERBS[action]):
            raise no_right(*_resource(right, action))

    def on_plan(self, right: str) -> bool:
        """Whether the company's plan has what the right is about."""
        segment = right.removeprefix(SEGMENT_RIGHT)
        return segment == right or int(segment) <= self.company.settings.segments

    def may(self, right: str, verb: str) -> bool:
        """What `/users/capabilities` says. That it says false for what the plan lacks is a guess."""
        return self.on_plan(right) and self.company.settings.withdrawn.isdisjoint({right, f"{right}.{verb}"})


def _resource(right: str, action: str) -> tuple[str, str]:
    """The names of resource and action that freee's refusal carries."""
    if right.startswith(SEGMENT_RIGHT):
        return "segment_tags", f"{action}_division_{right.removeprefix(SEGMENT_RIGHT)}"
    return right, action
