"""Where an excerpt of a response stands: the block that begins at or before its line."""

from bisect import bisect_right
from collections.abc import Sequence

from annotate.reading.differ import Place
from annotate.reading.markup import LINE


class Finder:
    """Finds excerpts of the texts of one response, whose rendered HTML says where blocks begin."""

    def __init__(self, texts: Sequence[str], pages: Sequence[str]) -> None:
        self._texts = [_flat(text) for text in texts]
        self._blocks = [sorted({int(line) for line in LINE.findall(page)}) for page in pages]
        self._after = (0, 0)

    def place(self, excerpt: str) -> Place | None:
        """Excerpts come in the order of the text, so each is looked for behind the one before, then everywhere."""
        wanted = " ".join(excerpt.strip("…").split())
        if not wanted:
            return None
        turn, start = self._after
        for number, begin in [(turn, start), *((number, 0) for number in range(len(self._texts)))]:
            flat, lines = self._texts[number]
            at = flat.find(wanted, begin)
            if at >= 0:
                self._after = (number, at + len(wanted))
                return self._block(number, lines[bisect_right(lines, (at, 1 << 60)) - 1][1])
        return None

    def _block(self, turn: int, line: int) -> Place | None:
        found = bisect_right(self._blocks[turn], line)
        return (turn, self._blocks[turn][found - 1]) if found else None


def _flat(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text with every run of space as one, and (offset in it, source line) of each line that says something."""
    out: list[str] = []
    lines: list[tuple[int, int]] = []
    offset = 0
    for number, line in enumerate(text.split("\n")):
        words = " ".join(line.split())
        if words:
            lines.append((offset, number))
            out.append(words)
            offset += len(words) + 1
    return " ".join(out), lines
