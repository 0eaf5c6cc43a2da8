r"""Maths in the ways models write it: $..$, $$..$$, \(..\), \[..\] and \begin{..}, turned into MathML.

Every search for a closing mark is bounded, so that a text of nothing but opening marks stays linear.
What cannot be converted is shown as it was written: a reader must never lose a formula.
"""

import re
from html import escape

from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from annotate.reading import deadline

LONGEST = 2_000
MOST_LINES = 100
ENVIRONMENTS = (
    "align",
    "aligned",
    "equation",
    "gather",
    "gathered",
    "multline",
    "eqnarray",
    "cases",
    "dcases",
    "array",
    "matrix",
    "pmatrix",
    "bmatrix",
)
_BEGIN = re.compile(rf"\\begin\{{((?:{'|'.join(ENVIRONMENTS)})\*?)\}}")
_PRICE = re.compile(r"\d[\d.,]*[kKmMbB]?(?:/\w+|[-–]\d[\d.,]*)?(?:[\s,;:.]+|$)[^\\^_=+*/<>]*$")

# latex2mathml writes the inside of \text{..} unescaped, so angle brackets travel through it in disguise.
_HIDE = str.maketrans({"<": "\ue000", ">": "\ue001"})


# Environments it does not know, under the names of those that look alike.
_ALIKE = {"dcases": "cases"} | dict.fromkeys(
    ("aligned", "alignedat", "gathered", "gather", "multline", "eqnarray", "equation"), "align*"
)
_UNKNOWN = re.compile(rf"\\(begin|end)\{{({'|'.join(_ALIKE)})\*?\}}(?:\{{\d+\}})?")


# It also takes long arrows for letters and gives log, sin and the like no room; both are put right afterwards.
_ARROW = re.compile(r"<mi>(&#x0(?:21[9A-F]|27F)[0-9A-F]+;)</mi>")
_FUNCTION = re.compile(
    r"<mi>(log|ln|lg|exp|sin|cos|tan|cot|sec|csc|arcsin|arccos|arctan|sinh|cosh|tanh|det|dim|ker)</mi>"
)


def maths_plugin(parser: MarkdownIt) -> None:
    parser.inline.ruler.before("escape", "maths", _inline)
    parser.block.ruler.before("fence", "maths_block", _block, {"alt": ["paragraph", "reference", "blockquote", "list"]})


def to_mathml(latex: str, *, display: bool) -> str:
    """MathML, or the source in <code> where the LaTeX is too long, wrong, or uses a command nobody here knows."""
    source = f'<code class="latex">{escape(latex, quote=False)}</code>'
    if len(latex) > LONGEST or "\ue000" in latex or "\ue001" in latex:
        return source
    try:
        known = _UNKNOWN.sub(lambda found: f"\\{found[1]}{{{_ALIKE[found[2]]}}}", latex.strip())
        mathml = convert(known.translate(_HIDE), display="block" if display else "inline")
    except Exception:  # The converter raises IndexError, KeyError, RecursionError and more on bad input.
        return source
    if "<mi>\\" in mathml or "<mtext>\\" in mathml:
        return source
    return _mend(mathml)


def _mend(mathml: str) -> str:
    mathml = _FUNCTION.sub(r'<mi class="fn">\1</mi>', _ARROW.sub(r"<mo>\1</mo>", mathml))
    for hidden, shown in (("\ue000", "&lt;"), ("\ue001", "&gt;")):
        mathml = mathml.replace(f"<mi>{hidden}</mi>", f"<mo>{shown}</mo>").replace(hidden, shown)
    return mathml


def _inline(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] not in "$\\":
        return False
    deadline.check(state.env)
    found = _find_inline(state.src, state.pos)
    if found is None:
        return False
    latex, display, end = found
    if not silent:
        token = state.push("maths", "math", 0)
        token.content, token.meta = latex, {"display": display}
    state.pos = end
    return True


def _find_inline(source: str, start: int) -> tuple[str, bool, int] | None:
    for opening, closing in (("$$", "$$"), ("\\(", "\\)"), ("\\[", "\\]")):
        if source.startswith(opening, start):
            end = source.find(closing, start + 2, start + LONGEST)
            latex = source[start + 2 : end]
            return (latex, opening != "\\(", end + 2) if end > 0 and latex.strip() else None
    return _find_dollar(source, start) if source[start] == "$" else None


def _find_dollar(source: str, start: int) -> tuple[str, bool, int] | None:
    """Only the next unescaped dollar may close, and money is not maths: `$5 to $10` stays text."""
    end = source.find("$", start + 1, start + LONGEST)
    while end > 0 and source[end - 1] == "\\":
        end = source.find("$", end + 1, start + LONGEST)
    latex = source[start + 1 : end]
    touching = latex[:1].isspace() or latex[-1:].isspace()
    digits = source[end + 1 : end + 2].isdigit() or (start > 0 and source[start - 1].isalnum())
    if end < 0 or not latex or touching or digits or _PRICE.match(latex):
        return None
    return latex, False, end + 1


def _block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if state.is_code_block(start):
        return False
    deadline.check(state.env)
    first = _line(state, start)
    closing = _closing(first)
    if closing is None:
        return False
    last = _last_line(state, start, end, closing)
    if last is None:
        return False
    if not silent:
        token = state.push("maths_block", "math", 0)
        token.content = _content(state, start, last, closing)
        token.map = [start, last + 1]
    state.line = last + 1
    return True


def _closing(line: str) -> str | None:
    if line.startswith("$$"):
        return "$$"
    if line.startswith("\\["):
        return "\\]"
    begin = _BEGIN.match(line)
    return f"\\end{{{begin[1]}}}" if begin else None


def _last_line(state: StateBlock, start: int, end: int, closing: str) -> int | None:
    """The line that ends with the closing mark; None if text follows the mark (then it is inline) or it is too far."""
    for number in range(start, min(end, start + MOST_LINES)):
        if number > start and state.sCount[number] < state.blkIndent and not state.isEmpty(number):
            return None
        line = _line(state, number)
        place = line.find(closing, 2 if number == start else 0)
        if place >= 0:
            return number if not line[place + len(closing) :].strip(" .,;") else None
    return None


def _content(state: StateBlock, start: int, last: int, closing: str) -> str:
    text = "\n".join(_line(state, number) for number in range(start, last + 1))
    if closing.startswith("\\end"):
        return text[: text.rindex(closing) + len(closing)]
    return text[2 : text.rindex(closing)]


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]
