"""Files become documents to search in: plain text, Markdown, HTML, or rows with a text each; each cut into passages."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import PurePath
from typing import Any, BinaryIO

from curation.bytestreams import SourceError
from curation.pairs import RowError, storable
from curation.sources import stream_rows

LONGEST = 400_000  # characters of a document; a book is cut into chapters by whoever uploads it
LONGEST_TITLE = 300
LONGEST_ADDRESS = 1_000
PASSAGE = 1_200  # characters; about a paragraph, what a person reads at a glance
MARKDOWN = (".md", ".markdown")
WHOLE_FILES = (".txt", ".html", ".htm", *MARKDOWN)
TEXT_FIELDS = ("text", "content", "body", "contents")
ADDRESS_FIELDS = ("address", "url", "link", "source")
TITLE_FIELDS = ("title", "name", "id")
_HEADING = re.compile(r"^\s{0,3}#{1,3}\s+(.+?)\s*#*\s*$", re.MULTILINE)
_PARAGRAPHS = re.compile(r"\n[^\S\n]*\n\s*")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n")


@dataclass(frozen=True, slots=True)
class Document:
    """`address` is where it can be read elsewhere, or ""."""

    title: str
    address: str
    passages: tuple[str, ...]

    @property
    def digest(self) -> bytes:
        """SHA-256 of title, address and text."""
        return hashlib.sha256("\n\n".join((self.title, self.address, *self.passages)).encode()).digest()


Numbered = tuple[int, Document | RowError]


def read_documents(file: BinaryIO, *, name: str) -> Iterator[Numbered]:
    """The documents of a file: itself where it is text, else its rows. Raises SourceError: nothing can be read."""
    suffix = PurePath(name).suffix.lower()
    if suffix in WHOLE_FILES:
        yield 1, _whole(_decoded(file), suffix, PurePath(name).stem)
        return
    for number, row in stream_rows(file, name=name):
        yield number, row if isinstance(row, RowError) else _of_row(row, name=f"{PurePath(name).stem} {number}")


def _decoded(file: BinaryIO) -> str:
    try:
        return file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"not UTF-8 text (byte {error.start})") from None


def _whole(text: str, suffix: str, name: str) -> Document | RowError:
    if suffix in (".html", ".htm"):
        title, text = html_text(text)
        return document(title=title or name, text=text)
    heading = _HEADING.search(text)
    return document(title=heading[1] if heading and suffix != ".txt" else name, text=text)


def _of_row(row: Mapping[str, Any], *, name: str) -> Document | RowError:
    given = {key: value for key, value in row.items() if isinstance(value, str) and value.strip()}
    text = next((given[key] for key in TEXT_FIELDS if key in given), "")
    if not text:
        return RowError(f"no text: one of {', '.join(TEXT_FIELDS)} is needed")
    title = next((given[key] for key in TITLE_FIELDS if key in given), name)
    return document(title=title, text=text, address=next((given[key] for key in ADDRESS_FIELDS if key in given), ""))


def document(*, title: str, text: str, address: str = "") -> Document | RowError:
    if len(text) > LONGEST:
        return RowError(f"longer than {LONGEST:,} characters: cut it into parts", row_id=title[:LONGEST_TITLE])
    passages = tuple(cut(storable(text)))
    if not passages:
        return RowError("there is no text in it", row_id=title[:LONGEST_TITLE])
    title = " ".join(storable(title).split())
    return Document(title[:LONGEST_TITLE] or "…", storable(address).strip()[:LONGEST_ADDRESS], passages)


def cut(text: str) -> Iterator[str]:
    """Passages of at most PASSAGE characters: whole paragraphs where they fit, else whole sentences."""
    held = ""
    for piece, gap in _pieces(text.replace("\r\n", "\n").replace("\r", "\n")):
        if held and len(held) + len(gap) + len(piece) > PASSAGE:
            yield held
            held = ""
        held = held + gap + piece if held else piece
    if held:
        yield held


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """What is kept together, and what stands between it and the piece before."""
    for paragraph in _PARAGRAPHS.split(text):
        gap = "\n\n"
        for sentence in [paragraph] if len(paragraph) <= PASSAGE else _SENTENCE.split(paragraph):
            for at in range(0, len(sentence), PASSAGE):
                if piece := sentence[at : at + PASSAGE].strip("\n"):
                    if piece.strip():
                        yield piece, gap
                    gap = " "


def html_text(html: str) -> tuple[str, str]:
    """(title, text) of a page: what is read on it, without scripts, styles and navigation."""
    reader = _Page()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.text).split("\n"))
    return " ".join("".join(reader.title).split()), re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Page(HTMLParser):
    """Gathers what stands in the page, a blank line between blocks."""

    UNREAD = frozenset({"script", "style", "nav", "noscript", "template", "svg", "head"})
    BLOCKS = re.compile(
        "address|article|aside|blockquote|d[dtl]|div|fig(ure|caption)|footer|form|h[1-6r]|header|li|main|[ou]l|p|pre"
        "|section|table|tr"
    )

    def __init__(self) -> None:
        super().__init__()
        self.title: list[str] = []
        self.text: list[str] = []
        self.unread: list[str] = []
        self.in_title = self.in_pre = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.in_title, self.in_pre = tag == "title", self.in_pre or tag == "pre"
        if tag in self.UNREAD:
            self.unread.append(tag)
        elif tag == "body":
            self.unread.clear()  # a head that was never closed
        elif self.BLOCKS.fullmatch(tag):
            self.text.append("\n\n")
        elif tag == "br":
            self.text.append("\n")
        elif tag in ("td", "th"):
            self.text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self.in_title, self.in_pre = self.in_title and tag != "title", self.in_pre and tag != "pre"
        if tag in self.unread:
            del self.unread[self.unread.index(tag) :]
        elif self.BLOCKS.fullmatch(tag):
            self.text.append("\n\n")

    def handle_data(self, data: str) -> None:
        if self.in_title:
            self.title.append(data)
        elif not self.unread:
            self.text.append(data if self.in_pre else data.replace("\n", " "))
