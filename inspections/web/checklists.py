"""The checklists that phones are told at each contact: data of the governorate."""

from __future__ import annotations

from typing import Any

from governorate import checklists


def told() -> list[dict[str, Any]]:
    """Return every checklist as phones take it. Raises RuleError."""
    return [
        {
            "id": each.code,
            "version": each.version,
            "types": list(each.types),
            "items": [{"id": code, "name": dict(name)} for code, name in each.items.items()],
        }
        for each in checklists.default().values()
    ]
