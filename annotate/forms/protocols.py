"""The editor of a protocol: what it posts, and its rows of rules. The domain says what is wrong with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from annotate.domain.rules import MOST_RULES, REQUIRABLE, Rule
from annotate.domain.versions import Content
from annotate.reading.names import name_of
from curation.attributes import CLOSED

EMPTY: Rule = {"when": {}, "text": "", "requires": []}
LISTS = {**CLOSED, "requires": REQUIRABLE}


@dataclass(frozen=True)
class Box:
    """One checkbox of a row."""

    value: str
    label: str
    checked: bool


@dataclass(frozen=True)
class Row:
    """A rule as it is edited: `groups` are its lists of checkboxes by name."""

    number: int
    place: int
    groups: dict[str, list[Box]]
    text: str
    errors: list[str]
    first: bool
    last: bool
    focus: str  # which of its buttons has the focus after a rule was moved, or "text" of one just added


def posted_content(post: QueryDict) -> Content:
    """What the form says, as it was written; nothing is checked here."""
    return Content(
        text=post.get("text", ""),
        rules=[_posted_rule(post, number) for number in range(_count(post))],
        attestation=post.get("attestation", ""),
    )


def _count(post: QueryDict) -> int:
    text = post.get("rules", "")
    return min(int(text), MOST_RULES) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def _posted_rule(post: QueryDict, number: int) -> Rule:
    chosen = {name: post.getlist(f"rule-{number}-{name}") for name in LISTS}
    requires = chosen.pop("requires")
    when = {name: values for name, values in chosen.items() if values}
    return {"when": when, "text": post.get(f"rule-{number}-text", ""), "requires": requires}


def rearranged(rules: list[Rule], act: str) -> tuple[list[Rule], tuple[int, str]]:
    """The rules after a button of the table was pressed, and where the focus goes: (row, which control).

    `act` is add, or remove, up or down with the number of a row, such as up-2; anything else changes nothing.
    """
    verb, _dash, text = act.partition("-")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1
    if verb == "add" and len(rules) < MOST_RULES:
        return [*rules, EMPTY], (len(rules), "text")
    if not 0 <= number < len(rules):
        return rules, (-1, "")
    others = [rule for at, rule in enumerate(rules) if at != number]
    if verb == "remove":
        return others, (min(number, len(others) - 1), "remove")
    to = {"up": max(number - 1, 0), "down": min(number + 1, len(others))}.get(verb, number)
    control = "down" if to == 0 else "up" if to == len(others) else verb
    return [*others[:to], rules[number], *others[to:]], (to, control)


def rows(rules: list[Rule], *, faults: Mapping[str, str], focus: tuple[int, str] = (-1, "")) -> list[Row]:
    return [
        Row(
            number=number,
            place=number + 1,
            groups={name: _boxes(rule, name) for name in LISTS},
            text=rule.get("text", ""),
            errors=[fault for name, fault in faults.items() if f"{name}.".startswith(f"rules.{number}.")],
            first=number == 0,
            last=number == len(rules) - 1,
            focus=focus[1] if focus[0] == number else "",
        )
        for number, rule in enumerate(rules)
    ]


def _boxes(rule: Rule, name: str) -> list[Box]:
    chosen: Any = rule["requires"] if name == "requires" else rule["when"].get(name, [])
    return [Box(value, name_of(value), value in chosen) for value in LISTS[name]]
