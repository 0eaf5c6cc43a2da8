"""The two responses of a pair as their sheets show them, made once per pair of texts: pages show it several times."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.safestring import mark_safe
from django.utils.translation import get_language

from annotate.reading import kept
from annotate.reading.anchors import Finder
from annotate.reading.differ import Differences, Place, compare
from annotate.reading.dress import dress, name
from annotate.reading.markup import Piece, pieces
from annotate.reading.render import EDITION, Turn, render_messages
from annotate.reading.segments import Segment, segments

LONGEST = 150_000  # characters of HTML a side; beyond, nothing is compared
Messages = Sequence[Mapping[str, str]]
Made = tuple[list[str], list[str], str]


@dataclass(frozen=True)
class Difference:
    """An entry of the neutral list, and the ids of the blocks it is about ("" where none was found)."""

    what: str
    left: str
    right: str
    left_id: str
    right_id: str


@dataclass(frozen=True)
class Sheets:
    """`compared`: `yes`, `strangers` (nearly nothing in common: the marks say little) or `no` (too long)."""

    left: list[Turn]
    right: list[Turn]
    differences: list[Difference]
    compared: str


def render_sheets(left: Messages, right: Messages, differences: Sequence[Mapping[str, str]] = ()) -> Sheets:
    turns = render_messages(left), render_messages(right)
    key = _key([turn.html for turn in turns[0]], [turn.html for turn in turns[1]])
    made: Made | None = kept.find([key]).get(key)
    if made is None:
        made = _make([turn.html for turn in turns[0]], [turn.html for turn in turns[1]])
        kept.keep({key: made})
    finders = [
        Finder([message["content"] for message in side], [turn.html for turn in shown])
        for side, shown in zip((left, right), turns, strict=True)
    ]
    return Sheets(
        left=_dressed(turns[0], made[0]),
        right=_dressed(turns[1], made[1]),
        differences=[_placed(entry, finders) for entry in differences],
        compared=made[2],
    )


def prepare(pair: Mapping[str, Any]) -> None:
    """Make what the page of a pair will show of its texts, and keep it."""
    render_messages(pair["conversation"])
    render_sheets(pair["left"], pair["right"])


def _key(*sides: Sequence[str]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for side in sides:
        for html in side:
            digest.update(b"%d:" % len(html) + html.encode())
        digest.update(b"/")
    return f"sheets:{EDITION}:{get_language()}:{digest.hexdigest()}"


def _make(left: Sequence[str], right: Sequence[str]) -> Made:
    sides = [[list(pieces(html)) for html in side] for side in (left, right)]
    short = max(sum(map(len, left)), sum(map(len, right))) <= LONGEST
    found = compare(*[_segments(side) for side in sides]) if short else None
    shown = found or Differences({}, {}, [], 1.0)
    return (
        [_sheet(turn, at, "left", shown) for at, turn in enumerate(sides[0])],
        [_sheet(turn, at, "right", shown) for at, turn in enumerate(sides[1])],
        "no" if found is None else "strangers" if found.strangers else "yes",
    )


def _segments(side: Sequence[Sequence[Piece]]) -> list[Segment]:
    return [segment for turn, html in enumerate(side) for segment in segments(html, turn=turn)]


def _sheet(html: Sequence[Piece], turn: int, side: str, found: Differences) -> str:
    twins = {one[1]: name("right", *other) for one, other in found.twins if one[0] == turn and side == "left"}
    return dress(html, side=side, turn=turn, marks=found.left if side == "left" else found.right, twins=twins)


def _dressed(turns: Sequence[Turn], pages: Sequence[str]) -> list[Turn]:
    # Sanitised by render; dress adds its own tags around what it escapes.
    return [replace(turn, html=mark_safe(page)) for turn, page in zip(turns, pages, strict=True)]  # noqa: S308


def _placed(entry: Mapping[str, str], finders: Sequence[Finder]) -> Difference:
    left, right = entry.get("left", ""), entry.get("right", "")
    return Difference(
        what=entry.get("what", ""),
        left=left,
        right=right,
        left_id=_id("left", finders[0].place(left)),
        right_id=_id("right", finders[1].place(right)),
    )


def _id(side: str, place: Place | None) -> str:
    return name(side, *place) if place else ""
