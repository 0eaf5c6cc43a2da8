"""Files become documents and passages; what is in them is all there, and nothing is too long."""

import gzip
import io
from typing import Any

import pytest

from curation.bytestreams import SourceError
from curation.documents import LONGEST, PASSAGE, Document, cut, document, html_text, read_documents
from curation.pairs import RowError


def read(name: str, data: bytes) -> list[tuple[int, Any]]:
    return list(read_documents(io.BytesIO(data), name=name))


def one(name: str, text: str) -> tuple[str, str]:
    ((number, found),) = read(name, text.encode())
    assert (number, isinstance(found, Document)) == (1, True)
    return found.title, "\n\n".join(found.passages)


def test_a_text_file_is_a_document() -> None:
    assert one("leap years.txt", "# not a heading") == ("leap years", "# not a heading")
    assert one("x.md", "\ufeffIntro\n\n## Leap years ##\n\nText.") == (
        "Leap years",
        "Intro\n\n## Leap years ##\n\nText.",
    )
    assert one("notes.markdown", "No heading.") == ("notes", "No heading.")


def test_a_page_is_its_words() -> None:
    page = """<!doctype html><html><head><title>Leap &amp; years</title><style>p{}</style></head><body>
      <nav>Home</nav><h1>Leap</h1><p>Every <b>fourth</b>
      year.<br>But<script>alert(1)</script> 1900.</p><table><tr><td>1900</td><td>no</td></tr></table>"""
    assert one("x.HTML", page) == ("Leap & years", "Leap\n\nEvery fourth year.\nBut 1900.\n\n1900 no")
    assert html_text("<head><title>t<body>there") == ("t", "there")
    assert html_text("plain < text") == ("", "plain < text")


def test_rows_are_a_document_each_and_the_bad_ones_are_named() -> None:
    lines = b"""{"title": "A", "text": "one", "url": "https://example.org/a"}
{"name": "B", "body": "two"}
{"content": "three"}
{"title": "D"}
nonsense
"""
    for name, data in (("docs.jsonl", lines), ("docs.jsonl.gz", gzip.compress(lines))):
        found = read(name, data)
        assert [
            (number, row.title, row.address, row.passages) for number, row in found if isinstance(row, Document)
        ] == [
            (1, "A", "https://example.org/a", ("one",)),
            (2, "B", "", ("two",)),
            (3, f"{name.removesuffix('.gz') if name.endswith('.gz') else 'docs'} 3", "", ("three",)),
        ]
        assert [number for number, row in found if isinstance(row, RowError)] == [4, 5]


@pytest.mark.parametrize("text", ["", " \n\t ", "x" * (LONGEST + 1)])
def test_what_is_empty_or_too_long_is_no_document(text: str) -> None:
    assert isinstance(document(title="t", text=text), RowError)


def test_what_is_not_text_is_refused() -> None:
    with pytest.raises(SourceError, match="not UTF-8"):
        read("x.txt", b"\xff\xfe")
    with pytest.raises(SourceError):
        read("x.pdf", b"%PDF-1.7")


@pytest.mark.parametrize(
    "text",
    [
        "short",
        "\n\n".join(f"Paragraph {n}." for n in range(400)),
        "One sentence. " * 500,
        "x" * 5000,
        "一句话。" * 900,
        "a\r\n\r\nb\r\rc",
    ],
)
def test_passages_hold_everything_once_and_none_is_too_long(text: str) -> None:
    passages = list(cut(text))
    assert all(0 < len(passage) <= PASSAGE for passage in passages)
    assert "".join("".join(passages).split()) == "".join(text.split())
    assert len(passages) <= 2 * len(text) // PASSAGE + 1


def test_a_document_is_known_by_its_content() -> None:
    made = [
        document(title=title, text=text, address=where) for title, text, where in ("ab ", "ab ", "ac ", "bb ", "ab/")
    ]
    assert len({found.digest for found in made if isinstance(found, Document)}) == 4


def test_what_a_database_cannot_hold_is_replaced() -> None:
    found = document(title="a\x00\n b", text="c\x00\ud800", address=" https://example.org/ ")
    assert isinstance(found, Document)
    assert (found.title, found.passages, found.address) == ("a\ufffd b", ("c\ufffd\ufffd",), "https://example.org/")
