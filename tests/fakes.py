"""Fakes of what outlives a run."""

from __future__ import annotations

from typing import Any

from pydantic import JsonValue, TypeAdapter

JSON: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)


class FakeVariables:
    """Airflow Variables in a dict, descriptions beside them."""

    def __init__(self, values: dict[str, str] | None = None) -> None:
        self.values = dict(values or {})
        self.descriptions: dict[str, str] = {}

    def get(self, name: str) -> str | None:
        """See `freee_sync.variables.Variables`."""
        return self.values.get(name)

    def set(self, name: str, value: str, description: str) -> None:
        """See `freee_sync.variables.Variables`."""
        self.values[name] = value
        self.descriptions[name] = description


class FakeStore:
    """An asset's state in a dict; as picky as Airflow, which takes lists but no tuples."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def get(self, key: str, default: Any = None) -> Any:
        """See `freee_sync.memory.StateStore`."""
        return self.values.get(key, default)

    def set(self, key: str, value: Any) -> None:
        """See `freee_sync.memory.StateStore`."""
        self.values[key] = JSON.validate_python(value)
