"""A rendered text dressed for its sheet: places to jump to, what differs marked, the very long folded."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from annotate.reading.differ import Marks, Spot
from annotate.reading.fold import HEADINGS, Block, fold
from annotate.reading.markup import LINE, Piece

VOID = frozenset(["br", "hr"])
CLASSES = ("differs", "differs only")  # reworded, and what has no counterpart


def name(side: str, turn: int, line: int) -> str:
    """The id of the block that begins at a source line."""
    return f"{side}-{turn}-{line}"


def dress(pieces: Sequence[Piece], *, side: str, turn: int, marks: Marks, twins: Mapping[int, str]) -> str:
    """HTML of one message. `twins`: by source line, the id of the block of the other side that answers it."""
    parts = _parts(pieces, side=side, turn=turn, marks=marks, twins=twins)
    return fold(list(_blocks(pieces, parts)))


def _parts(pieces: Sequence[Piece], *, side: str, turn: int, marks: Marks, twins: Mapping[int, str]) -> Iterator[str]:
    named: set[str] = set()
    for at, piece in enumerate(pieces):
        if piece.kind == "open":
            yield _named(piece.html, side, turn, twins, named)
        elif piece.kind == "text":
            yield _marked(piece, sorted(marks.get((turn, at), ())))
        else:
            spots = marks.get((turn, at)) if piece.kind == "formula" else None
            yield f'<mark class="{CLASSES[spots[0][2]]}">{piece.html}</mark>' if spots else piece.html


def _named(tag: str, side: str, turn: int, twins: Mapping[int, str], named: set[str]) -> str:
    """An id instead of the source line; of nested blocks on one line only the outermost has it."""
    found = LINE.search(tag)
    if found is None:
        return tag
    line = int(found[1])
    anchor = name(side, turn, line)
    twin = f' data-twin="{twins[line]}"' if line in twins else ""
    given = "" if anchor in named else f' id="{anchor}"{twin}'
    named.add(anchor)
    return LINE.sub(given, tag, count=1)


def _marked(piece: Piece, spots: Sequence[Spot]) -> str:
    if not spots:
        return piece.html
    out, at = [], 0
    for start, end, whole in spots:
        out.append(_text(piece.text[at:start]))
        out.append(f'<mark class="{CLASSES[whole]}">{_text(piece.text[start:end])}</mark>')
        at = end
    return "".join(out) + _text(piece.text[at:])


def _text(text: str) -> str:
    return escape(text, quote=False)


def _blocks(pieces: Sequence[Piece], parts: Iterator[str]) -> Iterator[Block]:
    """The outermost blocks; space between them belongs to the one before."""
    block, depth = Block(""), 0
    for piece, part in zip(pieces, parts, strict=True):
        if depth == 0 and piece.kind == "open" and block.html:
            yield block
            block = Block("")
        if piece.kind == "open" and piece.name not in VOID:
            depth += 1
        depth -= piece.kind == "close"
        block.name = block.name or piece.name
        block.html.append(part)
        block.size += len(piece.text)
        if block.name in HEADINGS:
            block.title += piece.text.rstrip("\n")
    if block.html:
        yield block
