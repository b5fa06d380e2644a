"""Before a run: what is wrong with the settings, the links and the objects, all of it in one message.

What stops everything is a problem of the run. What stops one master is listed beside it and left to that master's task, which
looks again and fails alone, so that after a repair clearing the red task is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from freee_sync.bilingual import say
from freee_sync.errors import Retry, SyncError
from freee_sync.fields import SalesforceField
from freee_sync.mapping import MasterMapping, no_block, read_mapping
from freee_sync.masters import MASTERS, Master
from freee_sync.outcome import Link, Problem
from freee_sync.settings import Settings
from freee_sync.target import check_target

Found = TypeVar("Found")

Describe = Callable[[str], Mapping[str, SalesforceField]]
"""The fields of an object of the org, by its name."""


class FreeeLink(Protocol):
    """What is asked of freee before a run."""

    def company(self) -> tuple[int, str]:
        """The company's id and name, as the authorised user sees it."""

    def user(self) -> str:
        """Who authorised."""

    def capabilities(self) -> Mapping[str, bool]:
        """Right to read, by the name that `Scope.capability` holds."""


class OrgLink(Protocol):
    """What is asked of Salesforce before a run."""

    @property
    def home(self) -> str:
        """The org's address."""

    def organization(self) -> str:
        """The org's id."""

    def describe(self, name: str) -> dict[str, SalesforceField]:
        """The fields of an object."""


@dataclass(frozen=True)
class Doors:
    """How to get at both sides; opening one may fail like any other step."""

    freee: Callable[[], FreeeLink]
    org: Callable[[], OrgLink]


def check_link(settings: Settings, mapping_file: Path, doors: Doors) -> Link:
    """Look at everything and tell all that is wrong; asks nothing of the servers while the settings are wrong."""
    findings = _Findings(problems=list(settings.problems))
    mapping = findings.attempt(lambda: read_mapping(mapping_file)) or {}
    if findings.problems:
        return findings.link(settings)
    freee = findings.attempt(doors.freee)
    if freee is not None:
        findings.look_at_freee(freee)
    org = findings.attempt(doors.org)
    if org is not None:
        findings.look_at_org(org, mapping)
    return findings.link(settings)


@dataclass
class _Findings:
    """What has been found so far."""

    problems: list[Problem] = field(default_factory=list)
    masters: dict[str, Problem] = field(default_factory=dict)
    company: tuple[int, str] | None = None
    user: str | None = None
    org_id: str | None = None
    org_url: str | None = None

    def attempt(self, step: Callable[[], Found]) -> Found | None:
        """Do one step; what goes wrong becomes a problem of the run."""
        try:
            return step()
        except SyncError as problem:
            self.problems.append(Problem(problem.code, problem.detail))
            return None

    def look_at_freee(self, freee: FreeeLink) -> None:
        """Who authorised, for which company, with which rights."""
        self.company = self.attempt(freee.company)
        if self.company is None:
            return
        self.user = self.attempt(freee.user)
        for master in without_right(self.attempt(freee.capabilities) or {}):
            detail = f"{say(master.japanese, master.english)}: {master.scopes[0].capability}"
            self.masters[master.name] = Problem("freee.user_do_not_have_permission", detail)

    def look_at_org(self, org: OrgLink, mapping: Mapping[str, MasterMapping]) -> None:
        """Whether each master's object is there and fits; none at all is a problem of the run."""
        self.org_id = self.attempt(org.organization)
        if self.org_id is None:
            return
        self.org_url = org.home
        unfit = self.attempt(lambda: _unfit_masters(org, mapping)) or {}
        if len(unfit) == len(MASTERS):
            self.problems.append(unfit[MASTERS[0].name])
        self.masters.update(unfit)

    def link(self, settings: Settings) -> Link:
        """All of it, for the tasks and the mail."""
        company_id, company_name = self.company or (None, None)
        return Link(
            company_id=company_id,
            company_name=company_name,
            authorised_by=self.user,
            org_id=self.org_id,
            org_url=self.org_url,
            problems=tuple(self.problems),
            masters=self.masters,
            warnings=settings.warnings,
        )


def without_right(rights: Mapping[str, bool]) -> list[Master]:
    """Masters that may not be read, by `Scope.capability`. Segments do not count: outside the plan they are skipped with a note."""
    whole = [master for master in MASTERS if master.scopes[0].segment is None]
    return [master for master in whole if not rights.get(master.scopes[0].capability, True)]


def _unfit_masters(org: OrgLink, mapping: Mapping[str, MasterMapping]) -> dict[str, Problem]:
    unfit = {master.name: misfit(org.describe, master, mapping.get(master.name)) for master in MASTERS}
    return {name: problem for name, problem in unfit.items() if problem is not None}


def misfit(describe: Describe, master: Master, mapping: MasterMapping | None) -> Problem | None:
    """What keeps a master out of the org: no block in the mapping, no object, or fields that do not fit; None when nothing does.

    :raises Retry: when the org does not answer.
    """
    if mapping is None:
        return Problem("settings.mapping", no_block("mapping.yaml", master))
    try:
        check_target(master, mapping, describe(mapping.object))
    except Retry:
        raise
    except SyncError as problem:
        return Problem(problem.code, problem.detail)
    return None
