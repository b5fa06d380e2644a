"""Last-import cursors: whether a master is read in full or since when, and when its cursor may move.

A cursor is a time in JST in an Airflow Variable that people may edit. freee filters by day, in JST, both ends included
(https://developer.freee.co.jp/reference), so a delta asks from the day before the cursor's. **A blank cursor is the one record
that a full load is owed**: a full load blanks it before the first row is read, and only a clean end sets it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import pendulum

from freee_sync.bilingual import say
from freee_sync.errors import Stop
from freee_sync.masters import Master
from freee_sync.memory import Memory
from freee_sync.outcome import Mode
from freee_sync.settings import VARIABLES
from freee_sync.variables import Variables

JST = pendulum.timezone("Asia/Tokyo")
OVERLAP = timedelta(days=1)  # freee's dates are days; one day more also covers clocks that differ
EARLIEST = 2000  # freee is younger; a year like 0001 is a slip of the pen
AHEAD = timedelta(minutes=10)  # a cursor further in the future than clocks can differ is a mistake


@dataclass(frozen=True)
class Window:
    """What to read, and why.

    :param since: the JST day asked of freee in a delta, None in a full load.
    :param reason: a code that the report words.
    """

    mode: Mode
    reason: str
    since: date | None = None


@dataclass(frozen=True)
class Wish:
    """What decides the window beside the cursor.

    :param full_load: a person asked for a full load in the run form.
    :param full_every_days: a full read is due when the last is that many days old; 0: never.
    :param context: what the rows depend on besides freee: company, org, object, mapping.
    """

    now: datetime
    full_load: bool
    full_every_days: int
    context: str


def choose_window(master: Master, cursor: datetime | None, memory: Memory | None, wish: Wish) -> Window:
    """Full or difference, in the order of the reasons people would give."""
    reason = _reason_for_full(master, cursor, memory, wish)
    if reason is None and cursor is not None:
        return Window("delta", "delta", cursor.astimezone(JST).date() - OVERLAP)
    return Window("full", reason or "cursor_blank")


def _reason_for_full(master: Master, cursor: datetime | None, memory: Memory | None, wish: Wish) -> str | None:
    rules = {
        "always_full": not master.delta,
        "full_load": wish.full_load,
        "cursor_blank": cursor is None,
        "memory_lost": memory is None,
        "context_changed": memory is not None and memory.context != wish.context,
        "full_every_days": memory is not None and _is_old(memory.last_full, wish),
    }
    return next((reason for reason, applies in rules.items() if applies), None)


def _is_old(last_full: datetime, wish: Wish) -> bool:
    """By days in Japan, so that a run that begins some seconds earlier than the last does not wait another day."""
    days = (wish.now.astimezone(JST).date() - last_full.astimezone(JST).date()).days
    return 0 < wish.full_every_days <= days


def parse_cursor(name: str, text: str | None, now: datetime) -> datetime | None:
    """A cursor as a time; None when it is missing or blank. A bare date is that day 0:00 JST; no offset means JST.

    :raises Stop: `settings.cursor` when it is no time, or lies in the future.
    """
    if text is None or not text.strip():
        return None
    try:
        moment = _moment(text.strip())
    except ValueError:
        raise Stop("settings.cursor", f"{name} = {text!r:.60}") from None
    if moment.year < EARLIEST:
        raise Stop("settings.cursor", f"{name} = {text!r:.60} ({say(f'{EARLIEST}年より前', f'before {EARLIEST}')})")
    if moment > now + AHEAD:
        present = now.astimezone(JST).isoformat(timespec="seconds")
        raise Stop("settings.cursor", f"{name} = {text!r:.60} ({say(f'現在は {present}', f'now it is {present}')})")
    return moment


def _moment(text: str) -> datetime:
    if len(text) == len("2026-11-24"):
        return datetime.combine(date.fromisoformat(text), time(), tzinfo=JST)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=JST)


class Cursor:
    """One master's cursor in its Variable, as one try sees it."""

    def __init__(self, variables: Variables, prefix: str, master: Master) -> None:
        self.name = f"{prefix}cursor_{master.name}"
        self._variables = variables
        self._description = VARIABLES[f"cursor_{master.name}"].description
        self._seen = self._text()

    def _text(self) -> str:
        return self._variables.get(self.name) or ""

    def read(self, now: datetime) -> datetime | None:
        """The time this try began with; None when a full load is owed.

        :raises Stop: `settings.cursor` when the Variable holds no time, or one in the future.
        """
        return parse_cursor(self.name, self._seen, now)

    def owe_full_load(self) -> None:
        """Blank the cursor before the first row of a full load is read."""
        self._variables.set(self.name, "", self._description)
        self._seen = ""

    def advance(self, began: datetime) -> str | None:
        """Set the cursor to when this try began, unless a person changed it meanwhile. Returns what was set, or None."""
        if self._text() != self._seen:
            return None
        text = began.astimezone(JST).isoformat(timespec="seconds")
        self._variables.set(self.name, text, self._description)
        return text
