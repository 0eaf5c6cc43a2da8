"""The code blocks of a response that can be run: fenced, with a language that a tool runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from markdown_it import MarkdownIt

LANGUAGES = {
    **dict.fromkeys(("python", "py", "python3"), "python"),
    **dict.fromkeys(("javascript", "js", "node", "mjs"), "javascript"),
    **dict.fromkeys(("shell", "sh", "bash"), "shell"),
}
LONGEST = 300_000  # as the page: beyond it a response is shown as it was written


@dataclass(frozen=True, slots=True)
class Block:
    """`number` counts all code blocks of the response from 1, so that a page's fifth block is number 5."""

    number: int
    language: str
    code: str


@cache
def _parser() -> MarkdownIt:
    """Blocks alone: what stands inside a line is no block of code, and half of the work."""
    return MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).disable(["html_block", "html_inline", "inline"])


def runnable(messages: Sequence[dict[str, str]]) -> list[Block]:
    """In the order in which they stand. A response without a fence costs no parsing."""
    found, before = [], 0
    for message in messages:
        text = message["content"]
        if len(text) > LONGEST or ("```" not in text and "~~~" not in text):
            continue
        blocks = _blocks(text)
        for number, (info, code) in enumerate(blocks, before + 1):
            language = LANGUAGES.get(info.strip().split(" ")[0].split("{")[0].lower())
            if language and code.strip():
                found.append(Block(number, language, code))
        before += len(blocks)
    return found


@lru_cache(maxsize=64)  # a page asks for those of its pair several times in a minute
def _blocks(text: str) -> list[tuple[str, str]]:
    tokens = _parser().parse(text)
    return [(token.info, token.content) for token in tokens if token.type in ("fence", "code_block")]
