"""Chance that is a pure function of seed, purpose and number: row 900,000 can be made without making those before it."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence


T = TypeVar("T")


class Dice:
    """A throw of 512 bits for one thing, used up piece by piece. A million partners take some twenty million throws: nothing here calls another.

    :param purpose: what it is thrown for, with its number: `partner:12`. The same seed and purpose fall the same way.
    """

    __slots__ = ("_bits",)

    def __init__(self, seed: int, purpose: str) -> None:
        self._bits = int.from_bytes(blake2b(f"{seed}:{purpose}".encode()).digest(), "big")

    def between(self, low: int, high: int) -> int:
        """A number from `low` to `high`, both included."""
        self._bits, value = divmod(self._bits, high - low + 1)
        return low + value

    def chance(self, percent: int) -> bool:
        """Whether something happens that does so `percent` times in a hundred."""
        self._bits, value = divmod(self._bits, 100)
        return value < percent

    def pick(self, choices: Sequence[T]) -> T:
        """One of the choices."""
        self._bits, value = divmod(self._bits, len(choices))
        return choices[value]

    def digits(self, count: int) -> str:
        """So many digits, zeros in front kept."""
        self._bits, value = divmod(self._bits, 10**count)
        return str(value).zfill(count)
