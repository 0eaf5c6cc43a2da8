"""WCAG 2.2 AA, computed from the tokens: every text colour on every surface it stands on, light and dark."""

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).parents[3] / "static/css/tokens.css").read_text()
TOKENS = {name: (light, dark) for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\)", CSS)}

TEXT = [
    *[(text, surface) for text in ("ink", "ink-2", "ink-3") for surface in ("paper", "sheet", "sunk")],
    *[(text, "gold-soft") for text in ("ink", "ink-2", "ink-3", "gold")],
    *[(text, surface) for text in ("left", "right", "good", "bad", "gold", "focus") for surface in ("paper", "sheet")],
    *[(f"code-{kind}", "sunk") for kind in ("key", "str", "num", "com", "fun", "lib")],
    *[(f"code-{kind}", "gold-soft") for kind in ("key", "str", "num", "com", "fun", "lib")],  # marked as differing
    *[(meaning, f"{meaning}-soft") for meaning in ("left", "right", "good", "bad")],
    *[("ink", f"{meaning}-soft") for meaning in ("good", "bad", "left", "right")],
    ("paper", "ink"),
]
EDGES = [
    ("line-strong", "paper"),
    ("line-strong", "sheet"),
    ("focus", "sunk"),
    ("left", "left-soft"),
    ("gold", "gold-soft"),
]


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_black_on_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "surface"), TEXT)
def test_text_can_be_read(text: str, surface: str, theme: int) -> None:
    assert contrast(TOKENS[text][theme], TOKENS[surface][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("edge", "surface"), EDGES)
def test_controls_can_be_seen(edge: str, surface: str, theme: int) -> None:
    assert contrast(TOKENS[edge][theme], TOKENS[surface][theme]) >= 3


def test_only_the_tokens_name_colours() -> None:
    for sheet in ("base", "parts", "reading", "workbench"):
        text = (Path(__file__).parents[3] / f"static/css/{sheet}.css").read_text()
        assert re.findall(r"#[0-9a-fA-F]{3,8}\b", text) == []
