"""A very long response folded by section: outline and length stay in sight, find-in-page opens what it finds."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import escape

from django.utils.translation import ngettext

OPEN = 6_000  # characters that stand open before anything folds
LEAST = 1_200  # characters worth a fold
MOST = 5_000  # characters of a fold where there are no headings
HEADINGS = frozenset(["h3", "h4", "h5", "h6"])


@dataclass(slots=True)
class Block:
    """An outermost block of a rendered text; `size` is the characters a reader sees, `title` a heading's words."""

    name: str
    html: list[str] = field(default_factory=list)
    size: int = 0
    title: str = ""


def fold(blocks: list[Block]) -> str:
    """The blocks as HTML. What folds is a run of blocks under one heading, which itself stays in sight."""
    if sum(block.size for block in blocks) <= OPEN + LEAST:
        return _html(blocks)
    shown = 0
    for at, block in enumerate(blocks):
        if shown >= OPEN:
            return _html(blocks[:at]) + "".join(_section(run) for run in _sections(blocks[at:]))
        shown += block.size
    return _html(blocks)


def _sections(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    """Runs worth a fold that begin with a heading, or where one grows too long, with any block."""
    run: list[Block] = []
    size = 0
    for block in blocks:
        if size >= (LEAST if block.name in HEADINGS else MOST):
            yield run
            run, size = [], 0
        run.append(block)
        size += block.size
    if run:
        yield run


def _section(run: list[Block]) -> str:
    headings = next((at for at, block in enumerate(run) if block.name not in HEADINGS), len(run))
    inside = run[headings:]
    if sum(block.size for block in inside) < LEAST:
        return _html(run)
    count = sum(block.name not in HEADINGS for block in inside)
    words = ngettext("%d more paragraph", "%d more paragraphs", count) % count
    titles = "".join(f' <span dir="auto">{escape(block.title)}</span>' for block in inside if block.title)
    return f'{_html(run[:headings])}<details class="fold"><summary>{words}{titles}</summary>{_html(inside)}</details>'


def _html(blocks: Iterable[Block]) -> str:
    return "".join("".join(block.html) for block in blocks)
