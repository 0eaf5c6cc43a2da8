"""Markdown in, safe HTML out, once per text: pages show the same pair to several people several times."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, gettext_lazy

from annotate.reading import deadline, kept
from annotate.reading.parser import build_parser
from annotate.reading.sanitise import sanitise

# Beyond this a text is shown as it was written; formatting it would cost more than it helps.
LONGEST = 300_000
# Raise this when the same text would come out differently.
EDITION = 4

ROLES = {"user": gettext_lazy("User"), "assistant": gettext_lazy("Assistant"), "system": gettext_lazy("System")}

logger = logging.getLogger(__name__)
_parser = build_parser()


@dataclass(frozen=True)
class Turn:
    """One message of a conversation, ready for a page."""

    role: str
    label: str
    html: SafeString
    excerpt: str


def render_markdown(text: str) -> SafeString:
    """Safe HTML of `text`. Never raises: what cannot be formatted is shown plain, with a note."""
    return _render_all([text])[0]


def render_messages(messages: Sequence[Mapping[str, str]]) -> list[Turn]:
    """The messages in order, each rendered only if it is not kept already."""
    pages = _render_all([message["content"] for message in messages])
    return [_turn(message, html) for message, html in zip(messages, pages, strict=True)]


def _turn(message: Mapping[str, str], html: SafeString) -> Turn:
    role = message["role"]
    excerpt = " ".join(message["content"][:200].split())[:80]
    return Turn(role=role, label=str(ROLES.get(role, role)), html=html, excerpt=excerpt)


def _render_all(texts: Sequence[str]) -> list[SafeString]:
    # A lone surrogate cannot be hashed, cleaned or sent; it is shown as a question mark.
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    keys = {text: _key(text) for text in texts}
    found = kept.find(set(keys.values()))
    fresh = {key: _render(text) for text, key in keys.items() if key not in found}
    kept.keep(fresh)
    pages = {**found, **fresh}
    return [mark_safe(pages[keys[text]]) for text in texts]  # noqa: S308 - sanitised by _render


def _key(text: str) -> str:
    digest = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    return f"reading:{EDITION}:{get_language()}:{digest}"


def _render(text: str) -> str:
    if len(text) > LONGEST:
        return _plain(text, gettext("Too long to format: shown as it was written."))
    try:
        return sanitise(_parser.render(text, deadline.start()))
    except deadline.TooSlow:
        return _plain(text, gettext("Formatting this took too long: shown as it was written."))
    except Exception:  # A text somebody else wrote must never take the page down; the log says what to mend.
        logger.exception("markdown could not be rendered")
        return _plain(text, gettext("This could not be formatted: shown as it was written."))


def _plain(text: str, note: str) -> str:
    return f'<p class="note">{escape(note)}</p><pre class="plain" dir="auto" tabindex="0">{escape(text)}</pre>'
