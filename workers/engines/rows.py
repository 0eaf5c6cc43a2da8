"""What goes into an engine and what comes out: rows in, one result a row, in the same order."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from workers.engines.errors import BackendDown

Message = dict[str, str]
"""`{"role": "system" | "user" | "assistant", "content": text}`."""


@dataclass(frozen=True, slots=True)
class Example:
    """A pair that people decided, for a judge to learn from. `choice` is `a`, `b`, or anything else for neither.

    `id` is that of its gold, for the record.
    """

    conversation: list[Message]
    response_a: list[Message]
    response_b: list[Message]
    choice: str
    attributes: dict[str, Any] | None = None
    reason: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One pair. A response is a list of messages: one by the assistant, or several turns.

    `guideline` is the people's, as far as it is for judges too (curation.guideline); `examples` the nearest gold pairs.
    """

    id: int
    conversation: list[Message]
    response_a: list[Message]
    response_b: list[Message]
    attributes: dict[str, Any] | None = None
    guideline: str = ""
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """Tokens a result took: `read` (of prompts or texts), `written`, and `padded`, what batches added to them."""

    read: int = 0
    written: int = 0
    padded: int = 0


NONE = Counts()


@dataclass(frozen=True, slots=True)
class Result:
    """Exactly one of `payload` and `error` is set. `blob` holds what does not belong into JSON.

    `settings` is what was particular to this row, beside the engine's own settings.
    """

    id: int
    payload: dict[str, Any] | None
    blob: bytes | None = None
    error: str = ""
    counts: Counts = field(default=NONE, compare=False)
    settings: dict[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who made a result: enough to make it again."""

    engine: str
    model: str
    revision: str
    prompt_version: str
    settings: dict[str, Any]


class Engine(Protocol):
    """`batch` is how many rows are worth handing over at once; any other number works too."""

    provenance: Provenance
    batch: int

    def stream(self, rows: Sequence[Row]) -> Generator[list[Result]]:
        """Groups of results as they are done, each row's once, in any order. A bad row never fails another.

        Raises BackendDown at the end where the back end went away: nothing is wrong with rows that got no result.
        """
        ...

    def run(self, rows: Sequence[Row]) -> list[Result]:
        """One Result a row, in order."""
        ...


class Streams:
    """`run` for engines that stream."""

    def stream(self, rows: Sequence[Row]) -> Generator[list[Result]]:
        raise NotImplementedError

    def run(self, rows: Sequence[Row]) -> list[Result]:
        """One Result a row, in order. The same row twice is two rows. Raises BackendDown where no row got through."""
        numbered = [replace(row, id=place) for place, row in enumerate(rows)]
        found: dict[int, Result] = {}
        try:
            for group in self.stream(numbered):
                found |= {result.id: result for result in group}
        except BackendDown as error:
            if not any(result.payload is not None for result in found.values()):
                raise
            found = {place: Result(place, None, error=str(error)) for place in range(len(rows))} | found
        return [replace(found[place], id=row.id) for place, row in enumerate(rows)]


class Runs:
    """`stream` for engines that do all rows in one go."""

    def run(self, rows: Sequence[Row]) -> list[Result]:
        raise NotImplementedError

    def stream(self, rows: Sequence[Row]) -> Generator[list[Result]]:
        yield self.run(rows)
