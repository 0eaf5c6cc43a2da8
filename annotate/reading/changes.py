"""A text before and after it was changed, with the words that differ marked: by the differ that compares responses."""

from dataclasses import dataclass
from html import escape

from django.utils.safestring import SafeString, mark_safe

from annotate.reading.differ import Differences, compare
from annotate.reading.dress import dress
from annotate.reading.markup import Piece, pieces
from annotate.reading.render import render_markdown
from annotate.reading.segments import segments


@dataclass(frozen=True)
class Changed:
    """Safe HTML of both; `compared` is False where they are too long for it and nothing is marked."""

    old: SafeString
    new: SafeString
    same: bool
    compared: bool


def changed_text(old: str, new: str) -> Changed:
    """Two Markdown texts, rendered and sanitised as everywhere."""
    return _changed(old, new, render_markdown(old), render_markdown(new))


def changed_words(old: str, new: str) -> Changed:
    """Two texts of a line or two, without formatting."""
    return _changed(old, new, _plain(old), _plain(new))


def _plain(text: str) -> str:
    return f"<p>{escape(text, quote=False)}</p>"


def _changed(old: str, new: str, *html: str) -> Changed:
    sides = [list(pieces(side)) for side in html]
    found = compare(*[segments(side, turn=0) for side in sides])
    shown = found or Differences({}, {}, [], 1.0)
    return Changed(
        old=_dressed(sides[0], "left", shown),
        new=_dressed(sides[1], "right", shown),
        same=old == new,
        compared=found is not None,
    )


def _dressed(side: list[Piece], name: str, found: Differences) -> SafeString:
    marks = found.left if name == "left" else found.right
    # Sanitised by render_markdown or escaped above; dress escapes what it puts its own tags around.
    return mark_safe(dress(side, side=name, turn=0, marks=marks, twins={}))  # noqa: S308
