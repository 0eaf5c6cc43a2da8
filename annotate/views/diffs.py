"""What differs between two versions of a protocol, ready for a page."""

from typing import Any

from annotate.domain import rules
from annotate.domain.rules import Change
from annotate.domain.versions import Content
from annotate.reading.changes import changed_text, changed_words

Shown = dict[str, Any]


def difference(old: Content, new: Content) -> Shown:
    """Texts word by word, rules as rows; `same`: nothing differs at all."""
    text, attestation = changed_text(old.text, new.text), changed_words(old.attestation, new.attestation)
    changes = rules.compare(old.rules, new.rules)
    counts = {what: sum(change.what == what for change in changes) for what in ("added", "removed", "changed", "moved")}
    return {
        "text": text,
        "attestation": attestation,
        "rules": [_row(change) for change in changes],
        "counts": counts,
        "same": text.same and attestation.same and not any(counts.values()),
    }


def _row(change: Change) -> Shown:
    old, new = change.old or {}, change.new or {}
    both = change.what == "changed" and "text" in change.parts
    return {
        "what": change.what,
        "old": old,
        "new": new,
        "old_place": change.old_place,
        "new_place": change.new_place,
        "parts": change.parts,
        "words": changed_words(old["text"], new["text"]) if both else None,
    }
