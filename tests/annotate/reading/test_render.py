import re
import time

import pytest

from annotate.reading import deadline, render, render_markdown, render_messages


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("1 2 5", "3 4 5"),
        ("2 3 2", "3 4 3"),
        ("3 1", "3 3"),
        ("1 2 3 4 5 6", "3 4 5 6 6 6"),
        ("4 6 5 4 1 3", "3 4 4 3 3 4"),
    ],
)
def test_an_outline_has_no_gap_whatever_levels_a_text_has(written: str, shown: str) -> None:
    html = render_markdown("\n\n".join("#" * int(level) + " x" for level in written.split()))
    assert re.findall(r"<h(\d)", html) == shown.split()


def test_every_outermost_block_finds_its_own_direction() -> None:
    html = render_markdown("مرحبا\n\n- قائمة\n\n> q\n\n| a |\n|---|\n| b |")
    assert html.count('dir="auto"') == 4


def test_tables_align_by_class_and_scroll_in_their_own_box() -> None:
    html = render_markdown("| a | b |\n|--:|:-:|\n| 1 | 2 |")
    assert '<div class="scroll" tabindex="0"><table' in html
    assert '<td class="end">1</td>' in html
    assert "style" not in html


def test_task_lists_are_drawn_not_typed() -> None:
    html = render_markdown("- [ ] open\n- [x] done\n- [a] neither")
    assert "☐ open" in html
    assert "☑ done" in html
    assert "[a] neither" in html
    assert "<input" not in html


def test_code_is_coloured_by_our_own_classes() -> None:
    html = render_markdown('```python\ndef f(): return "x"  # why\n```')
    assert '<pre dir="ltr" tabindex="0" data-line="0" data-language="python">' in html
    assert '<span class="t-key">def</span> <span class="t-fun">f</span>' in html
    assert '<span class="t-com"># why</span>' in html


@pytest.mark.parametrize("language", ["mermaid", "no-such-language", "", "python-but-hostile<b>"])
def test_code_of_unknown_language_is_shown_as_it_was_written(language: str) -> None:
    assert "<code>graph TD; A--&gt;B</code>" in render_markdown(f"```{language}\ngraph TD; A-->B\n```")


def test_images_are_named_not_fetched() -> None:
    html = render_markdown(
        "![a *cat*](https://tracker.example/p.png) [![in link](https://t.example/i.png)](https://e.example)"
    )
    assert "<img" not in html
    assert '<a class="image" href="https://tracker.example/p.png"' in html
    assert "Image not loaded: a cat" in html
    assert '<span class="image">Image not loaded: in link</span></a>' in html


def test_huge_text_is_shown_plain_with_a_note() -> None:
    html = render_markdown("# x <b>\n" * 50_000)
    assert html.startswith('<p class="note">')
    assert "# x &lt;b&gt;" in html


def test_slow_text_is_shown_plain_with_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline.time, "thread_time", iter(range(0, 1000, 10)).__next__)
    assert render._render("some *text*").startswith('<p class="note">Formatting this took too long')


@pytest.mark.parametrize(
    "text", ["", "\ud800 lone", "a\x00b", "\r\n\r\n", "> " * 5000, "[" * 5000, "- " * 3000, "*" * 9000]
)
def test_nothing_raises(text: str) -> None:
    assert isinstance(render_markdown(text), str)


def test_messages_are_rendered_in_order_and_once_each() -> None:
    messages = [
        {"role": "system", "content": "Be **terse**"},
        {"role": "user", "content": "same"},
        {"role": "tool", "content": "same"},
    ]
    turns = render_messages(messages)
    assert [turn.label for turn in turns] == ["System", "User", "tool"]
    assert turns[1].html == turns[2].html == '<p data-line="0" dir="auto">same</p>\n'
    assert turns[0].excerpt == "Be **terse**"


def test_a_kept_text_is_not_rendered_again(monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"unseen {time.monotonic_ns()}"
    first = render_markdown(text)
    monkeypatch.setattr(render, "_render", lambda text: "rendered again")
    assert render_markdown(text) == first
    assert render_markdown(text + "!") == "rendered again"
