"""A rendered text as sentences of prose and lines of code, each knowing where in the HTML it stands."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from annotate.reading.markup import INLINE, LINE, Piece

# Every character is in a token; one of a script without spaces is a word of its own.
_TOKEN = re.compile(r"\w+|[^\S\n]+|\n|[^\w\s]")
_CJK = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_TOKEN_CJK = re.compile(rf"[{_CJK}]|[^\W{_CJK}]+|[^\S\n]+|\n|[^\w\s]")
_STOPS = frozenset(".!?؟")
_FULL_STOPS = frozenset("。！？")
LONGEST = 400  # tokens: what has no sentences is cut, so that comparing word by word stays cheap

Token = tuple[str, int, int]  # what it says, the piece it stands in, where it starts there


class Segment(NamedTuple):
    """A sentence or a line of code; `line` is the source line of the block it stands in, -1 where none is known.

    `tokens` are without space, but for the indentation of code. `bag` is what likeness is measured by; code is never
    like prose.
    """

    tokens: list[Token]
    words: list[str]
    bag: frozenset[str]
    turn: int
    line: int


def segments(pieces: Sequence[Piece], *, turn: int) -> list[Segment]:
    return list(_segments(pieces, turn))


def _segments(pieces: Sequence[Piece], turn: int) -> Iterator[Segment]:
    block: list[Token] = []
    code, line = False, -1
    for at, piece in enumerate(pieces):
        if piece.kind == "text":
            block += _tokens(piece.text, at)
        elif piece.kind == "formula":
            block.append((piece.text or "?", at, 0))
        elif piece.name not in INLINE:
            yield from _cut(block, code, turn, line)
            block = []
            code = piece.name == "pre" and piece.kind == "open"
            found = LINE.search(piece.html) if piece.kind == "open" else None
            line = int(found[1]) if found else line
    yield from _cut(block, code, turn, line)


def _tokens(text: str, piece: int) -> Iterator[Token]:
    start = 0
    for token in (_TOKEN if text.isascii() else _TOKEN_CJK).findall(text):
        yield token, piece, start
        start += len(token)


def _cut(block: list[Token], code: bool, turn: int, line: int) -> Iterator[Segment]:
    """Sentences of a block of prose, lines of a block of code; empty ones are none."""
    tokens: list[Token] = []
    last = ""
    for token in block:
        text = token[0]
        space = text.isspace()
        if not space or (code and not tokens and text != "\n"):  # how far code is indented can matter
            tokens.append(token)
        ends = text == "\n" if code else text in _FULL_STOPS or (space and last in _STOPS)
        if ends or len(tokens) >= LONGEST:
            yield from _segment(tokens, code, turn, line)
            tokens = []
        last = text
    yield from _segment(tokens, code, turn, line)


def _segment(tokens: list[Token], code: bool, turn: int, line: int) -> Iterator[Segment]:
    words = [token[0] for token in tokens]
    said = [word for word in words if word[0].isalnum()] or [word for word in words if not word.isspace()]
    if len(words) == 1 and len(words[0]) > 2:  # a formula by itself, or a cell: alike where its parts are
        said = [one + other for one, other in pairwise(words[0])]
    if said:
        bag = frozenset([f"\n{word}" for word in said] if code else said)
        yield Segment(tokens, words, bag, turn, line)
