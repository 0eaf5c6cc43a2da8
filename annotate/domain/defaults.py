"""The protocol a new campaign starts with (docs/protocol.md): our words for the method's rules."""

from typing import Any

DEFAULT_TEXT = """\
Read the conversation, then both responses to the end. Judge by the wanted qualities and the guideline beside the \
pair, not by your own taste. Decide first, alone; then look at what is revealed, and say why if it changes your mind.

If you cannot tell which response is better, say so: a pair nobody can tell apart is discarded, not guessed. Call a \
pair broken when a response is cut off, garbled, or answers something else than the conversation.

You may use a search engine, a calculator, an interpreter and assistants, under the rules below. Relying on a \
language model alone for the label is forbidden.
"""

FACTS = ["information seeking", "advice seeking", "data analysis"]

DEFAULT_RULES: list[dict[str, Any]] = [
    {
        "when": {"task_category": FACTS, "objectivity": ["objective"]},
        "text": "A factual claim that decides the matter needs a search.",
        "requires": ["search"],
    },
    {
        "when": {"task_category": ["coding & debugging"]},
        "text": "Whether code is right is found out by running it.",
        "requires": ["code"],
    },
    {
        "when": {"task_category": ["math"]},
        "text": "A maths claim needs a check.",
        "requires": ["maths"],
    },
    {
        "when": {"controversiality": ["high"]},
        "text": "On a controversial topic judge the answer's fairness and care, not whether you share its view.",
        "requires": [],
    },
    {
        "when": {},
        "text": "A language model's answer alone is never enough.",
        "requires": [],
    },
]
