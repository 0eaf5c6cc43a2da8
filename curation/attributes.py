"""The five attributes of a pair: their closed values, and the check that a row's own attributes are these."""

from collections.abc import Mapping
from typing import Any

import orjson

from curation.messages import check_text
from curation.pairs import RowError

TASK_CATEGORIES = (
    "information seeking",
    "reasoning",
    "planning",
    "editing",
    "coding & debugging",
    "math",
    "role playing",
    "data analysis",
    "creative writing",
    "advice seeking",
    "brainstorming",
    "others",
)
OBJECTIVITY = ("objective", "subjective")
CONTROVERSIALITY = ("low", "medium", "high")
CLOSED = {"task_category": TASK_CATEGORIES, "objectivity": OBJECTIVITY, "controversiality": CONTROVERSIALITY}
FREE = ("desired_attributes", "annotation_guideline")
ATTRIBUTES = (*CLOSED, *FREE)


def read_attributes(value: Any) -> dict[str, str] | None:
    """A row's own attributes, from an object or its JSON text. None if it is something else of the same name.

    Raises RowError when it is meant as the five attributes but is incomplete or holds an unknown value.
    """
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = orjson.loads(value)
        except ValueError:
            return None
    if not isinstance(value, Mapping) or value.keys().isdisjoint(ATTRIBUTES):
        return None
    missing = [name for name in ATTRIBUTES if value.get(name) is None]
    if missing:
        raise RowError(f"attributes lack {', '.join(missing)}")
    closed = {name: _closed(name, value[name]) for name in CLOSED}
    return closed | {name: check_text(value[name], f"attribute {name}") for name in FREE}


def _closed(name: str, value: Any) -> str:
    text = value.strip().lower() if isinstance(value, str) else ""
    if text not in CLOSED[name]:
        raise RowError(f"attribute {name} is {str(value)[:40]!a}; known are {', '.join(CLOSED[name])}")
    return text
