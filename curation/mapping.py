"""The map from a flat table's columns to the fields of a pair: `field=column`, or `field=template`."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from curation.attributes import ATTRIBUTES
from curation.pairs import RowError

SHAPES = {
    "chosen": ("chosen", "rejected"),
    "response_a": ("response_a", "response_b"),
    "responses": ("responses",),
    "completions": ("completions",),
}
FIELDS = (
    *("prompt", "system", "chosen", "rejected", "response_a", "response_b", "responses", "completions"),
    *(
        "label",
        "preference",
        "score_a",
        "score_b",
        "score_chosen",
        "score_rejected",
        "scores",
        "ranks",
        "models",
    ),
    *("attributes", "source", "source_id", "group", "known_answer", "explanation"),
    *ATTRIBUTES,
)
_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]|\\[nt\\]|[^{}\\]+|\\")
_ESCAPES = {"{{": "{", "}}": "}", "\\n": "\n", "\\t": "\t", "\\\\": "\\"}


class MappingError(ValueError):
    """A `--map` that cannot be understood; nothing was read yet."""


@dataclass(frozen=True, slots=True)
class Template:
    """Literal text and column names in turn: (literal, column) pairs, the last with column ""."""

    parts: tuple[tuple[str, str], ...]

    def columns(self) -> set[str]:
        return {column for _, column in self.parts if column}

    def render(self, row: Mapping[str, Any]) -> str:
        """The filled template. An empty column takes the line breaks with it that would be left dangling."""
        text, was_empty = "", False
        for literal, column in self.parts:
            if was_empty and (not text or text.endswith("\n")):
                literal = literal.lstrip("\n")
            text += literal
            if not column:
                break
            value = _text_of(row, column)
            was_empty = not value or value.isspace()
            text += "" if was_empty else value
        return text.rstrip("\n") if was_empty else text


@dataclass(frozen=True, slots=True)
class FieldMap:
    """Which column, or template of columns, gives each field; the others come from columns of their name."""

    columns: dict[str, str] = field(default_factory=dict)
    templates: dict[str, Template] = field(default_factory=dict)
    used: frozenset[str] = frozenset()
    """The columns that some field is made of."""

    @classmethod
    def parse(cls, assignments: Iterable[str]) -> "FieldMap":
        """From `field=column` and `field=template` texts. Raises MappingError."""
        columns: dict[str, str] = {}
        templates: dict[str, Template] = {}
        for assignment in assignments:
            name, equals, value = assignment.partition("=")
            if not equals or not value or name not in FIELDS:
                raise MappingError(f"{assignment!r} is no field=column; the fields are {', '.join(FIELDS)}")
            if name in columns or name in templates:
                raise MappingError(f"the field {name} is mapped twice")
            if "{" in value or "}" in value:
                templates[name] = parse_template(value)
            else:
                columns[name] = value
        used = frozenset(columns.values()).union(*(template.columns() for template in templates.values()))
        return cls(columns, templates, used)

    def mapped(self) -> set[str]:
        return self.columns.keys() | self.templates.keys()

    def apply(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The mapped fields of one row. Raises RowError for a column that the row lacks."""
        found = {name: _value_of(row, column) for name, column in self.columns.items()}
        return found | {name: template.render(row) for name, template in self.templates.items()}


def parse_template(text: str) -> Template:
    """Split a template: `{name}` is a column by its plain name, `{{` a brace, `\\n` a line break."""
    parts: list[tuple[str, str]] = []
    literal = ""
    for match in _TOKEN.finditer(text):
        token, column = match.group(0), match.group(1)
        if token in ("{", "}") or column == "":
            raise MappingError(f"{text!r}: a brace stands alone; write {{{{ or }}}} for a brace itself")
        if column is not None:
            parts.append((literal, column))
            literal = ""
        else:
            literal += _ESCAPES.get(token, token)
    return Template((*parts, (literal, "")))


def _value_of(row: Mapping[str, Any], column: str) -> Any:
    if column not in row:
        names = ", ".join(str(name) for name in list(row)[:40])
        raise RowError(f"there is no column {column!r}; the row has {names}")
    return row[column]


def _text_of(row: Mapping[str, Any], column: str) -> str:
    value = _value_of(row, column)
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise RowError(f"column {column!r} holds {str(value)[:40]!a}, which is not text")
