"""The Markdown dialect of a response: GitHub's tables, strikethrough, bare links and task lists, plus maths.

Raw HTML is text, images are never fetched, headings stand below the page's own.
"""

from collections.abc import Iterable, MutableMapping, Sequence
from html import escape
from typing import Any

from django.utils.translation import gettext
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from annotate.reading import deadline
from annotate.reading.code import highlight
from annotate.reading.links import link_addresses
from annotate.reading.maths import maths_plugin, to_mathml

# The page owns h1 (the pair) and h2 (left, right).
SINK = 2
BOXES = {"[ ] ": "☐ ", "[x] ": "☑ ", "[X] ": "☑ "}
ALIGNED = {"text-align:left": "start", "text-align:center": "center", "text-align:right": "end"}
LINED = {"list_item_open", "tr_open"}
Env = MutableMapping[str, Any]


def build_parser() -> MarkdownIt:
    """One parser serves all requests: it keeps no state between texts."""
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 20})
    parser.enable(["table", "strikethrough"])
    parser.disable(["html_block", "html_inline"])
    parser.use(maths_plugin)
    parser.block.ruler.before("table", "deadline", _check_block)
    parser.core.ruler.push("dress", _dress)
    for name, rule in RULES.items():
        parser.add_render_rule(name, rule)
    return parser


def _check_block(state: Any, start: int, end: int, silent: bool) -> bool:
    deadline.check(state.env)
    return False


def _dress(state: StateCore) -> None:
    """Direction and line of blocks, sunken headings, drawn task boxes, alignment as classes (no inline style)."""
    _sink_headings(token for token in state.tokens if token.type in ("heading_open", "heading_close"))
    for number, token in enumerate(state.tokens):
        if token.map and token.nesting >= 0 and (token.level == 0 or token.type in LINED):
            token.attrSet("data-line", str(token.map[0]))
        if token.level == 0 and token.nesting == 1:
            token.attrSet("dir", "auto")
        if token.type in ("th_open", "td_open") and "style" in token.attrs:
            token.attrs = {"class": ALIGNED[str(token.attrs["style"])]}
        elif token.type == "inline":
            deadline.check(state.env)
            token.children = link_addresses(token.children or [])
            _mark_linked_images(token.children)
            if number > 1 and state.tokens[number - 2].type == "list_item_open":
                _draw_box(token)


def _sink_headings(tokens: Iterable[Token]) -> None:
    """Headings below the page's own, a step for each one that a heading stands under: whoever goes through them by ear
    meets no gap, whatever level a text begins at or skips."""
    over: list[int] = []
    for token in tokens:
        if token.nesting == 1:
            written = int(token.tag[1])
            over = [*(level for level in over if level < written), written]
        token.tag = f"h{min(SINK + len(over), 6)}"


def _mark_linked_images(children: list[Token]) -> None:
    """A link cannot stand inside a link, so an image there becomes plain words."""
    depth = 0
    for token in children:
        if token.type in ("link_open", "link_close"):
            depth += token.nesting
        elif token.type == "image":
            token.meta["linked"] = depth > 0


def _draw_box(inline: Token) -> None:
    first = inline.children[0] if inline.children else None
    if first is not None and first.type == "text":
        first.content = BOXES.get(first.content[:4], first.content[:4]) + first.content[4:]


def _fence(self: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: Env) -> str:
    deadline.check(env)
    language = tokens[at].info.strip().split(" ")[0].split("{")[0][:30]
    named = f' data-language="{escape(language)}"' if language else ""
    code = highlight(tokens[at].content.rstrip("\n"), language)
    return f'<pre dir="ltr" tabindex="0"{_line(tokens[at])}{named}><code>{code}</code></pre>\n'


def _image(self: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: Env) -> str:
    """A named link instead of a picture: fetching it would tell a stranger who reads what, and when."""
    token = tokens[at]
    alt = self.renderInlineAsText(token.children or [], options, env).strip()
    label = escape(gettext("Image not loaded: %s") % (alt or gettext("no description")))
    if token.meta["linked"]:
        return f'<span class="image">{label}</span>'
    return f'<a class="image" href="{escape(str(token.attrs.get("src", "")))}">{label}</a>'


def _maths(self: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: Env) -> str:
    deadline.check(env)
    return to_mathml(tokens[at].content, display=tokens[at].meta["display"])


def _maths_block(self: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: Env) -> str:
    deadline.check(env)
    formula = to_mathml(tokens[at].content, display=True)
    return f'<div class="formula" tabindex="0"{_line(tokens[at])}>{formula}</div>\n'


def _line(token: Token) -> str:
    return f' data-line="{token.map[0]}"' if token.map else ""


def _table_open(self: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: Env) -> str:
    return '<div class="scroll" tabindex="0">' + self.renderToken(tokens, at, options, env)


def _table_close(self: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: Env) -> str:
    return self.renderToken(tokens, at, options, env) + "</div>\n"


RULES = {
    "fence": _fence,
    "code_block": _fence,
    "image": _image,
    "maths": _maths,
    "maths_block": _maths_block,
    "table_open": _table_open,
    "table_close": _table_close,
}
