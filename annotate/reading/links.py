"""Bare web addresses become links. Ours rather than linkify's, which takes minutes on `a:b://a:b://...`."""

import re
from collections.abc import Iterator

from markdown_it.token import Token

_ADDRESS = re.compile(r"(?<![\w/@.])(?:https?://|www\.)[^\s<>\"`\\]{2,2000}")
_TRAILING = ".,;:!?'\"*_~)]}"
_PAIRS = {")": "(", "]": "[", "}": "{"}


def link_addresses(children: list[Token]) -> list[Token]:
    """The same inline tokens, with the addresses in plain text (outside links) made links."""
    linked: list[Token] = []
    depth = 0
    for token in children:
        depth += token.nesting if token.type in ("link_open", "link_close") else 0
        bare = depth == 0 and token.type == "text" and ("://" in token.content or "www." in token.content)
        linked.extend(_split(token.content) if bare else [token])
    return linked


def _split(text: str) -> Iterator[Token]:
    done = 0
    for found in _ADDRESS.finditer(text):
        address = _trim(found[0])
        yield _text(text[done : found.start()])
        yield Token("link_open", "a", 1, attrs={"href": address if "://" in address else f"http://{address}"})
        yield _text(address)
        yield Token("link_close", "a", -1)
        done = found.start() + len(address)
    yield _text(text[done:])


def _trim(address: str) -> str:
    """Without the sentence's punctuation; a closing bracket stays if it was opened inside the address."""
    while address[-1] in _TRAILING:
        opened = _PAIRS.get(address[-1])
        if opened and address.count(opened) >= address.count(address[-1]):
            break
        address = address[:-1]
    return address


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)
