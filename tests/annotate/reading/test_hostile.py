"""Texts written to do harm. Whatever they say may be read; nothing of it may act, load, or hold the page up."""

import time
from html.parser import HTMLParser

import pytest

from annotate.reading import render_markdown, sanitise
from annotate.reading.sanitise import MATHS, TABLE, TEXT
from tests.hostile import HOSTILE

SLOW = [
    "$a ",
    "\\(",
    "\\[\n",
    "$$\n",
    "[",
    "![",
    "*a **b ",
    "`a ``b ",
    "> ",
    "<",
    "a://",
    "a:b://",
    "http://a ",
    "$x^2$ ",
    "[](",
    "~~a ",
    "# a\n",
]

TAGS = {*TEXT, *TABLE, *MATHS}
ATTRIBUTES = """
    href title rel start class dir tabindex data-language display stretchy fence separator form minsize maxsize largeop
    movablelimits accent mathvariant columnalign rowspacing columnspacing columnlines rowlines displaystyle
    linethickness accentunder notation scriptlevel width data-line
"""


class Inspector(HTMLParser):
    """Reads markup as a browser would and notes what is not on the list."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.wrong.append(tag)
        for name, value in attrs:
            allowed = name in ATTRIBUTES.split() and not (
                name == "href" and not (value or "").startswith(("http://", "https://", "mailto:"))
            )
            if not allowed:
                self.wrong.append(f"{tag} {name}={value}")


def inspect(html: str) -> list[str]:
    inspector = Inspector()
    inspector.feed(html)
    inspector.close()
    return inspector.wrong


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_only_text(text: str) -> None:
    html = render_markdown(text)
    assert inspect(html) == []
    assert "<!--" not in html


@pytest.mark.parametrize("text", HOSTILE)
def test_the_last_step_alone_would_hold(text: str) -> None:
    assert inspect(sanitise.sanitise(text)) == []


def test_the_inspector_can_fail() -> None:
    assert inspect("<p onclick=x><script><a href='javascript:x'>") == ["p onclick=x", "script"]
    assert inspect("<a href='javascript:x'>") == ["a href=javascript:x"]


def test_raw_html_is_shown_to_the_reader() -> None:
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in render_markdown("a <script>alert(1)</script>")


@pytest.mark.parametrize("unit", SLOW)
def test_no_text_holds_a_page_up(unit: str) -> None:
    before = time.process_time()
    render_markdown((unit * 100_000)[:100_000])
    assert time.process_time() - before < 5


def test_a_huge_table_ends_in_time() -> None:
    before = time.process_time()
    render_markdown("|" + "a|" * 1000 + "\n|" + "-|" * 1000 + "\n" + "|x\n" * 50_000)
    assert time.process_time() - before < 6
