"""Which account is which partner: stored link, a person's decision, code, invoice registration number, exact name - in this order.

What only looks alike is proposed to a person and never taken. Nothing is said to be new while anything in freee may be it: a partner
too many in a company's books costs more than a day of waiting.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, TypeVar

from freee_sync.bilingual import say
from freee_sync.outcome import legible
from freee_sync.push.digests import digest
from freee_sync.push.merging import Base
from freee_sync.push.names import near_form
from freee_sync.push.partner_fields import CODE, NAME, NUMBER, Values, from_freee

How = Literal["link", "decision", "creation", "code", "number", "name"]
Decision = Literal["same", "different"]

PROPOSED = 5  # partners proposed for one account: more would be no help to a person
NAMED = 10  # names that a message repeats
NAME_SHOWN = 60  # characters of each

_Key = TypeVar("_Key")


@dataclass(frozen=True)
class Account:
    """One account as matching sees it.

    :param link: key of the partner that it is linked to.
    :param values: its mapped values in the shared form; empty where the account is not flagged or a value is unfit.
    :param created_above: a try began to create its partner when this was freee's highest partner id.
    """

    id: str
    name: str
    flagged: bool = True
    link: str | None = None
    values: Values = field(default_factory=dict)
    base: Base = field(default_factory=Base)
    created_above: int | None = None


@dataclass(frozen=True)
class Partner:
    """One partner of freee's listing."""

    key: str
    row: Mapping[str, Any]

    @property
    def id(self) -> int:
        """freee's own."""
        return int(self.row["id"])

    @property
    def name(self) -> str:
        """In the shared form."""
        return str(from_freee(NAME, self.row) or "")


@dataclass(frozen=True)
class Found:
    """The account's partner, and by what it was found."""

    account: Account
    partner: Partner
    how: How


@dataclass(frozen=True)
class New:
    """freee has no partner that could be it."""

    account: Account


@dataclass(frozen=True)
class Undecided:
    """Only a person can tell: why, and which partners are worth a look."""

    account: Account
    code: str
    detail: str
    proposed: Sequence[Partner] = ()


Match = Found | New | Undecided


class Matching:
    """All accounts beside all partners.

    :param accounts: those that are flagged, and those that are linked.
    :param decisions: what a person said to a proposal, by account id and partner key.
    """

    def __init__(
        self, accounts: Iterable[Account], partners: Iterable[Partner], decisions: Mapping[tuple[str, str], Decision]
    ) -> None:
        self._accounts = list(accounts)
        self._partners = {partner.key: partner for partner in partners}
        self._decisions = decisions
        self._linked = _grouped(self._accounts, lambda account: account.link)

    def matches(self) -> Iterator[Match]:
        """What each flagged account is; no partner is given to two, and no two new ones look alike."""
        found = [self._match(account) for account in self._accounts if account.flagged]
        takers = Counter(match.partner.key for match in found if isinstance(match, Found))
        yield from _alone(self._unshared(match, takers) for match in found)

    def _unshared(self, match: Match, takers: Counter[str]) -> Match:
        if not isinstance(match, Found):
            return match
        key, account = match.partner.key, match.account
        others = [each for each in self._linked[key] if each.id != account.id]
        if not others and takers[key] == 1:
            return match
        shown = _names(each.name for each in others)
        partner = match.partner.name
        why = say(
            f"freee取引先「{partner}」はほかの取引先のものでもあります", f'partner "{partner}" is of other accounts too'
        )
        return Undecided(account, "push.shared", f"{why}: {shown}" if shown else why)

    def _match(self, account: Account) -> Match:
        if account.link is not None:
            return self._by_link(account, account.link)
        hits = self._hits(account)
        if len(hits) > 1:
            named = _names(partner.name for partner, _ in hits.values())
            return Undecided(account, "push.ambiguous", named)
        for partner, how in hits.values():
            return Found(account, partner, how)
        return self._unmatched(account)

    def _by_link(self, account: Account, key: str) -> Match:
        partner = self._partners.get(key)
        return Undecided(account, "push.not_listed", key) if partner is None else Found(account, partner, "link")

    def _hits(self, account: Account) -> dict[str, tuple[Partner, How]]:
        """Every partner that any step finds: two steps that find two partners must not outvote each other."""
        hits: dict[str, tuple[Partner, How]] = {}
        for how, partners in self._steps(account):
            for partner in partners:
                hits.setdefault(partner.key, (partner, how))
            if how == "decision" and hits:
                break  # a person has the last word
        return hits

    def _steps(self, account: Account) -> Iterator[tuple[How, list[Partner]]]:
        yield "decision", self._same[account.id]
        values = account.values
        if account.created_above is not None:
            yield "creation", self._created(account, account.created_above)
        yield "code", self._by_code.get(values.get(CODE), [])
        yield "number", self._by_number.get(values.get(NUMBER), [])
        yield "name", self._by_name.get(values.get(NAME), [])

    def _created(self, account: Account, above: int) -> list[Partner]:
        """The partner that an earlier try created and never linked, by the name it was given then."""
        name = account.base.pushed.get(NAME)
        return [partner for partner in self._newer(above) if digest(partner.name) == name]

    def _unmatched(self, account: Account) -> Match:
        near = self._undismissed(account, self._near.get(near_form(str(account.values.get(NAME, ""))), []))
        if near:
            return Undecided(account, "push.proposed", _names(each.name for each in near), near[:PROPOSED])
        if account.created_above is not None:
            newer = self._undismissed(account, self._anybodys(account.created_above))
            if newer:
                return Undecided(account, "push.create_unsure", _names(each.name for each in newer), newer[:PROPOSED])
        elif account.base:
            return Undecided(account, "push.link_lost", account.name)
        return New(account)

    def _newer(self, above: int) -> list[Partner]:
        """Partners that came after, and that nobody has linked."""
        return [each for each in self._partners.values() if each.id > above and not self._linked[each.key]]

    def _anybodys(self, above: int) -> list[Partner]:
        """Those of them that are not known to be another account's creation."""
        return [each for each in self._newer(above) if digest(each.name) not in self._creations]

    def _undismissed(self, account: Account, partners: Iterable[Partner]) -> list[Partner]:
        return [partner for partner in partners if self._said(account, partner) != "different"]

    def _said(self, account: Account, partner: Partner) -> Decision | None:
        return self._decisions.get((account.id, partner.key))

    @cached_property
    def _same(self) -> defaultdict[str, list[Partner]]:
        """What a person said to be one, by account id."""
        same: defaultdict[str, list[Partner]] = defaultdict(list)
        for (account, key), decision in self._decisions.items():
            if decision == "same" and key in self._partners:
                same[account].append(self._partners[key])
        return same

    @cached_property
    def _creations(self) -> set[str | None]:
        """Digests of the names of all partners whose creation was begun and not linked."""
        return {each.base.pushed.get(NAME) for each in self._accounts if each.created_above is not None}

    @cached_property
    def _by_code(self) -> dict[Any, list[Partner]]:
        return _grouped(self._partners.values(), lambda partner: from_freee(CODE, partner.row))

    @cached_property
    def _by_number(self) -> dict[Any, list[Partner]]:
        return _grouped(self._partners.values(), lambda partner: from_freee(NUMBER, partner.row))

    @cached_property
    def _by_name(self) -> dict[Any, list[Partner]]:
        return _grouped(self._partners.values(), lambda partner: partner.name)

    @cached_property
    def _near(self) -> dict[Any, list[Partner]]:
        return _grouped(self._partners.values(), lambda partner: near_form(partner.name))


def _alone(matches: Iterable[Match]) -> Iterator[Match]:
    """Of new ones that look alike only the first goes on; of those with one name none: freee takes a name once."""
    known = list(matches)
    alike = _grouped([match.account for match in known if isinstance(match, New)], _likeness)
    for match in known:
        others = [each for each in alike[_likeness(match.account)] if each is not match.account]
        if isinstance(match, New) and others and not _goes_first(match.account, alike[_likeness(match.account)]):
            yield Undecided(match.account, "push.same_name", _names(each.name for each in others))
        else:
            yield match


def _likeness(account: Account) -> str:
    name = str(account.values.get(NAME) or "")
    return near_form(name) or name


def _goes_first(account: Account, alike: Sequence[Account]) -> bool:
    names = [each.values.get(NAME) for each in alike]
    return account is alike[0] and names.count(names[0]) == 1


def _grouped(things: Iterable[Any], key: Callable[[Any], _Key | None]) -> defaultdict[Any, list[Any]]:
    """By key; what has none is left out."""
    groups: defaultdict[Any, list[Any]] = defaultdict(list)
    for thing in things:
        if name := key(thing):
            groups[name].append(thing)
    return groups


def _names(names: Iterable[str] | Collection[str]) -> str:
    shown = [legible(name, NAME_SHOWN) for name in names]
    return say("、", ", ").join(shown[:NAMED]) + (" …" if len(shown) > NAMED else "")
