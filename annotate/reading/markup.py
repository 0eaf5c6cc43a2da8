"""Rendered HTML as a flat run of pieces, so that what is added later cannot break what is there.

Only for HTML that `sanitise` made: well formed, quotes in attributes escaped.
"""

import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

_SPLIT = re.compile(r'(<math\b.*?</math>|<[^<>"]*(?:"[^"]*"[^<>"]*)*>)', re.DOTALL)
_TAG = re.compile(r"</?(\w+)")
_INNER = re.compile(r"<[^>]*>|\s+")
LINE = re.compile(r' data-line="(\d+)"')
INLINE = frozenset(["a", "em", "strong", "s", "code", "span", "br"])


class Piece(NamedTuple):
    """A tag, a formula (one thing, never cut) or text. `text` is what a reader sees of it."""

    html: str
    kind: str
    text: str = ""
    name: str = ""


def pieces(html: str) -> Iterator[Piece]:
    for at, part in enumerate(_SPLIT.split(html)):
        if at % 2 == 0:
            if part:
                yield Piece(part, "text", unescape(part) if "&" in part else part)
        elif part.startswith("<math"):
            yield Piece(part, "formula", _INNER.sub("", part), "math")
        else:
            found = _TAG.match(part)
            yield Piece(part, "close" if part[1] == "/" else "open", name=found[1] if found else "")
