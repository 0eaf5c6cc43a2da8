import pytest

from annotate.reading import render_markdown


@pytest.mark.parametrize(
    ("text", "display"),
    [
        ("a $x^2$ b", "inline"),
        (r"a \(x^2\) b", "inline"),
        ("a $$x^2$$ b", "block"),
        (r"a \[x^2\] b", "block"),
        ("$$\nx^2\n\n= 1\n$$", "block"),
        ("\\[\nx^2\n= 1\n\\]", "block"),
        ("text\n\\[ x^2 \\].\nmore", "block"),
        ("- item\n\n  $$\n  x^2\n  $$", "block"),
        ("\\begin{align}\nx^2 &= 1 \\\\\n\\end{align}", "block"),
        ("| $x^2$ |\n|---|", "inline"),
    ],
)
def test_every_delimiter_becomes_mathml(text: str, display: str) -> None:
    html = render_markdown(text)
    assert f'<math display="{display}">' in html
    assert "<msup><mi>x</mi><mn>2</mn></msup>" in html


@pytest.mark.parametrize(
    "text",
    [
        "$5 to $10",
        "US$5 and US$6",
        "it costs $5, not $6",
        "$ x $",
        r"\$x\$",
        "`$x$`",
        "pay $20/month or $200",
        "an open $x",
        "$$",
    ],
)
def test_money_and_code_are_not_maths(text: str) -> None:
    assert "<math" not in render_markdown(text)


@pytest.mark.parametrize(
    "latex", [r"\frac{", r"\nosuchcommand{x}", "{" * 900, "x" * 3000, r"\begin{foo}", r"\left(", "^", "&"]
)
def test_latex_that_cannot_be_converted_never_vanishes(latex: str) -> None:
    html = render_markdown(f"before ${latex}$ after")
    assert "<math" in html or latex.replace("&", "&amp;") in html
    assert "before" in html
    assert "after" in html


@pytest.mark.parametrize(
    "name",
    [
        "align",
        "align*",
        "aligned",
        "gather*",
        "gathered",
        "multline",
        "eqnarray",
        "equation",
        "cases",
        "dcases",
        "split",
    ],
)
def test_lines_of_an_environment_stand_below_each_other(name: str) -> None:
    mathml = render_markdown(f"$$\\begin{{{name}}}a &= b \\\\ c &= d\\end{{{name}}}$$")
    assert mathml.count("<mtr>") == 2
    assert "&amp;" not in mathml


def test_the_source_is_shown_for_an_unknown_command() -> None:
    assert r'<code class="latex">\nosuch{x}</code>' in render_markdown(r"$\nosuch{x}$")


def test_angle_brackets_are_relations_and_text_never_markup() -> None:
    assert "<mi>a</mi><mo>&lt;</mo><mi>b</mi>" in render_markdown("$a<b$")
    html = render_markdown(r"$\text{<a href=https://x.example>press</a><img src=x>}$")
    assert "<a " not in html
    assert "&lt;img" in html
