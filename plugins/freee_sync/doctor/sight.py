"""Whether the integration user sees all rows: those it cannot see, the sync would create a second time, and be refused.

No call lists rows that one may not see, so this asks the org's set-up: an object is public, or a permission set or the profile of the
user has View All on it. Salesforce shows set-up to users with "View Setup and Configuration"; for others it stays unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from freee_sync.bilingual import Words
from freee_sync.doctor.lines import Line, UnknownError, bad, good, unknown
from freee_sync.doctor.patient import Patient
from freee_sync.errors import Stop
from freee_sync.masters import BY_NAME
from freee_sync.report.wording import master_name
from freee_sync.salesforce.org import Org
from freee_sync.salesforce.rows import quoted
from freee_sync.strict_json import NULL, OPTIONAL, TEXT, bad_answer, members

PUBLIC = frozenset({"Read", "Edit"})
"""`InternalSharingModel` of an object whose rows every user of the org sees."""

PRIVATE = "Private"


def sight(patient: Patient) -> Iterator[Line]:
    """A line for each master's object.

    :raises UnknownError: when Salesforce does not show its set-up to this user.
    """
    language = patient.words.language
    objects = {master_name(BY_NAME[name], language): block.object for name, block in patient.mapping.items()}
    try:
        sharing = _sharing(patient.org, objects.values())
        seen = _views_all(patient.org, [name for name in objects.values() if sharing.get(name) not in PUBLIC])
    except Stop as problem:
        raise UnknownError(patient.words("setup_hidden", why=problem.code)) from None
    for subject, name in objects.items():
        model = "View All" if name in (seen or ()) else sharing.get(name)
        yield _line(subject, name, model if seen is not None or model != PRIVATE else None, patient.words)


def _line(subject: str, name: str, model: str | None, words: Words) -> Line:
    if model == "View All" or model in PUBLIC:
        return good(subject, words("sees_all"))
    if model == PRIVATE:
        return bad(subject, words("private", object=name), words("give_view_all", object=name))
    return unknown(subject, words("sharing_unknown", object=name, model=model or "–"))


def _sharing(org: Org, names: Iterable[str]) -> dict[str, str | None]:
    """Object to its organization-wide default: Private, Read, Edit, or another."""
    soql = f"SELECT QualifiedApiName, InternalSharingModel FROM EntityDefinition WHERE QualifiedApiName IN ({_listed(names)})"  # noqa: S608 - names that mapping.py checked
    found = org.query(soql, {"QualifiedApiName": TEXT, "InternalSharingModel": TEXT | NULL})
    return {row["QualifiedApiName"]: row["InternalSharingModel"] for row in found}


def _views_all(org: Org, names: list[str]) -> set[str] | None:
    """The objects of which a permission set or the profile of the user shows all rows; None when that cannot be told."""
    if not names:
        return set()
    with bad_answer("salesforce", "GET /"):
        identity = members(org.call("GET", ""), {"identity": TEXT | OPTIONAL}).get("identity") or ""
    user_id = identity.rpartition("/")[2]
    sets = f"SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId = {quoted(user_id)}"  # noqa: S608 - quoted
    parents = [row["PermissionSetId"] for row in org.query(sets, {"PermissionSetId": TEXT})] if user_id else []
    if not parents:
        return None  # a profile is a permission set too, so a user who sees none of his is not shown them
    rights = (
        "SELECT SobjectType FROM ObjectPermissions WHERE PermissionsViewAllRecords = true"  # noqa: S608 - quoted
        f" AND ParentId IN ({_listed(parents)}) AND SobjectType IN ({_listed(names)})"
    )
    return {row["SobjectType"] for row in org.query(rights, {"SobjectType": TEXT})}


def _listed(names: Iterable[str]) -> str:
    return ", ".join(quoted(name) for name in names)
