"""Which checks there are, what each needs, and the course of an examination."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from freee_sync.bilingual import Words
from freee_sync.doctor import airflow_side, freee_side, org_side
from freee_sync.doctor.lines import Line, SickError, State, UnknownError, bad, unknown
from freee_sync.doctor.patient import Patient
from freee_sync.doctor.sight import sight
from freee_sync.errors import SyncError
from freee_sync.verdicts import verdict


@dataclass(frozen=True)
class Check:
    """One look at one part of the set-up.

    :param title: name of its title among the words.
    :param needs: titles of the checks that must have come to their end, or this one cannot be made.
    """

    title: str
    look: Callable[[Patient], Iterable[Line]]
    needs: tuple[str, ...] = ()


CHECKS: tuple[Check, ...] = (
    Check("variables", airflow_side.variables),
    Check("encryption", airflow_side.encryption),
    Check("dag", airflow_side.dag),
    Check("next_run", airflow_side.next_run, ("dag", "variables")),
    Check("mail", airflow_side.mail, ("variables",)),
    Check("freee_connection", freee_side.connection),
    Check("link", freee_side.link, ("freee_connection", "variables")),
    Check("company", freee_side.company, ("link",)),
    Check("rights", freee_side.rights, ("company",)),
    Check("segments", freee_side.segments, ("company",)),
    Check("freee_calls", freee_side.calls, ("company",)),
    Check("org_connection", org_side.connection),
    Check("log_in", org_side.log_in, ("org_connection",)),
    Check("mapping", org_side.mapping),
    Check("objects", org_side.objects, ("log_in", "mapping")),
    Check("sight", sight, ("log_in", "mapping")),
    Check("org_calls", org_side.calls, ("log_in", "mapping", "company")),
    Check("storage", org_side.storage, ("log_in", "mapping", "company")),
)
"""In the order of the table; a check stands after those it needs."""


@dataclass(frozen=True)
class Section:
    """What one check found."""

    title: str
    lines: tuple[Line, ...]

    @property
    def bad(self) -> bool:
        """Whether somebody has to act."""
        return any(line.state is State.BAD for line in self.lines)


def examine(patient: Patient, checks: Sequence[Check] = CHECKS) -> Iterator[Section]:
    """Make every check that can be made. One that cannot is told with the first reason: the check that failed."""
    failed: dict[str, str] = {}
    for check in checks:
        reason = next((failed[need] for need in check.needs if need in failed), None)
        if reason is None:
            section, ended = _made(check, patient)
            if not ended:
                failed[check.title] = check.title
        else:
            section = Section(check.title, (unknown("", patient.words("not_checked", reason=patient.words(reason))),))
            failed[check.title] = reason
        yield section


def _made(check: Check, patient: Patient) -> tuple[Section, bool]:
    """What the check found, and whether it came to its end."""
    lines: list[Line] = []
    try:
        lines.extend(check.look(patient))
    except SyncError as problem:
        wording = verdict(problem.code).words(patient.words.language)
        lines.append(bad("", f"{wording.cause} {problem.detail}", wording.hint))
    except SickError as problem:
        lines.append(bad("", str(problem), problem.remedy))
    except UnknownError as problem:
        lines.append(unknown("", str(problem)))
    except Exception as problem:  # noqa: BLE001 - a check that breaks must not hide what the others find
        lines.append(_broken(problem, patient.words))
    else:
        return Section(check.title, tuple(lines)), True
    return Section(check.title, tuple(lines)), False


def _broken(problem: Exception, words: Words) -> Line:
    """A check that met what it does not know: told by name and place, because the text could hold a secret."""
    place = traceback.extract_tb(problem.__traceback__)[-1]
    why = f"{type(problem).__name__} ({Path(place.filename).name}:{place.lineno})"
    return bad("", words("unexpected", why=why), words("report_it"))
