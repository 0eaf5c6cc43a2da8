"""What a page shows of attributes and of what a person made of them: names, words that went and came, marks."""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotate.reading.names import name_of
from curation.attributes import ATTRIBUTES, CLOSED

Shown = dict[str, Any]
TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|\w+|\s+|[^\w\s]")
CHIPS = {
    "objective": gettext_lazy("Objective"),
    "subjective": gettext_lazy("Subjective"),
    "low": gettext_lazy("Low controversy"),
    "medium": gettext_lazy("Medium controversy"),
    "high": gettext_lazy("High controversy"),
}


def chips(pair: Mapping[str, Any]) -> list[Shown]:
    """The closed attributes as they stand for this person, with what stood there where they corrected it."""
    given, corrected = pair["attributes"] or {}, pair.get("corrected") or {}
    found = []
    for name in CLOSED:
        entry = corrected.get(name, {"was": "", "value": given.get(name, "")})
        if entry["value"]:
            found.append({"was": _chip(entry["was"]), "value": _chip(entry["value"])})
    return found


def _chip(value: str) -> str:
    return str(CHIPS[value]) if value in CHIPS else name_of(value)[:1].upper() + name_of(value)[1:]


def fields(pair: Mapping[str, Any]) -> list[Shown]:
    """The five attributes as the fields of a form that corrects them."""
    given, corrected = pair["attributes"] or {}, pair.get("corrected") or {}
    return [
        {
            "name": name,
            "label": name_of(name)[:1].upper() + name_of(name)[1:],
            "value": corrected[name]["value"] if name in corrected else given.get(name, ""),
            "options": [(value, _chip(value)) for value in CLOSED.get(name, ())],
        }
        for name in ATTRIBUTES
    ]


def edits(was: str, value: str) -> Iterator[tuple[str, str]]:
    """Runs of words: ("", text) that stayed, ("gone", text), ("new", text).

    >>> list(edits("a right number", "a short number"))
    [('', 'a '), ('gone', 'right'), ('new', 'short'), ('', ' number')]
    """
    one, other = TOKEN.findall(was), TOKEN.findall(value)
    for what, i1, i2, j1, j2 in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if what == "equal":
            yield "", "".join(one[i1:i2])
            continue
        if i1 < i2:
            yield "gone", "".join(one[i1:i2])
        if j1 < j2:
            yield "new", "".join(other[j1:j2])


def marks(wanted: Sequence[str], checks: Sequence[Mapping[str, Any]], posted: Mapping[str, str]) -> list[Shown]:
    """Each wanted quality with what is marked of either side: "yes", "no" or "".

    `checks` is what was recorded, `posted` what came with a refused form; a recorded quality that is no longer wanted
    stands at the end.
    """
    said = {check["item"]: check for check in checks}
    sent = {(name.split("-")[1], value) for name, value in posted.items() if name.startswith("met-")}
    rows = []
    for number, item in enumerate(dict.fromkeys((*wanted, *said)), 1):
        row: Shown = {"number": number, "item": item}
        for side in ("left", "right"):
            known = said.get(item, {}).get(side)
            typed = next((word for word in ("yes", "no") if (side, f"{word} {item}") in sent), "")
            row[side] = {True: "yes", False: "no", None: typed}[known]
        rows.append(row)
    return rows


def marks_in_words(check: Mapping[str, Any]) -> str:
    """One quality with what is said of either response, on a line."""
    words = {True: "yes", False: "no", None: ""}
    said = [(side, words.get(check.get(side), "")) for side in ("left", "right")]
    return f"{check['item']}: " + ", ".join(mark_name(side, mark) for side, mark in said if mark)


def mark_name(side: str, mark: str) -> str:
    """What a mark says, for who does not see it."""
    words = {
        ("left", "yes"): _("Left has it"),
        ("left", "no"): _("Left lacks it"),
        ("right", "yes"): _("Right has it"),
        ("right", "no"): _("Right lacks it"),
    }
    return words[side, mark]
