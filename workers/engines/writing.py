"""What a model that writes JSON is asked and answers, whether it runs here or behind a server."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from workers.engines.errors import BackendDown, RowError
from workers.engines.rows import Message


@dataclass(frozen=True, slots=True)
class Asked:
    """A prompt; `seed` decides what is drawn where the writer's temperature is above 0.

    `again`: the answer before was bad, and would come again where nothing is drawn.
    """

    messages: list[Message]
    seed: int = 0
    again: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """An answer as the model wrote it, with the tokens of prompt and answer."""

    text: str
    read: int = 0
    written: int = 0


Answer = Written | RowError | BackendDown


class Writer(Protocol):
    """Something that writes an answer in JSON: a model in this process, or a server."""

    revision: str
    settings: dict[str, Any]
    limit: int
    """How many tokens a prompt may have."""

    def cost(self, messages: list[Message]) -> int:
        """Tokens of this prompt."""
        ...

    def stream(
        self, asked: Sequence[Asked], *, schema: dict[str, Any], blank: list[Message]
    ) -> Generator[tuple[int, Answer]]:
        """(which, answer) of every prompt, in any order. `blank` is the prompt without content; not all need it."""
        ...
