"""The sandbox's time: the real one, moved ahead on demand, so that a test need not wait for a token to expire."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

JST = timezone(timedelta(hours=9), "JST")
"""freee's dates are days in Japan; there is no summer time."""


class Clock:
    """Real time plus an offset. `advance` is the only way to move it."""

    def __init__(self) -> None:
        self._offset = timedelta()

    def now(self) -> datetime:
        """The time here, aware and in UTC."""
        return datetime.now(UTC) + self._offset

    def today_jst(self) -> date:
        """The day it is in Japan."""
        return self.now().astimezone(JST).date()

    def advance(self, by: timedelta) -> None:
        """Let time pass at once; a negative `by` turns it back."""
        self._offset += by
