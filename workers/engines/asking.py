"""Engines that ask a model for JSON: every row is one question or several, a bad answer is asked for once more."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workers.engines.errors import BackendDown, BadAnswer, RowError
from workers.engines.rows import Counts, Message, Provenance, Result, Row, Streams
from workers.engines.sources import Server, find
from workers.engines.writing import Answer, Asked, Writer, Written


def writer_of(model: str, *, cache: Path, **options: Any) -> Writer:
    """The model behind the setting, here or behind a server. Raises ModelMissing, WrongArchitecture."""
    source = find(model, cache=cache)
    if isinstance(source, Server):
        from workers.engines.server import ServerWriter

        options.pop("device", None)
        return ServerWriter(source, **options)
    from workers.engines.local import LocalWriter

    return LocalWriter(source, **options)


@dataclass(frozen=True, slots=True)
class Question:
    """A prompt for a row. `about` is what the engine needs to read the answer; `truncated`: something was cut.

    `examples`: ids of those that stand in it.
    """

    messages: list[Message]
    truncated: bool = False
    seed: int = 0
    about: str = ""
    examples: tuple[int, ...] = ()


@dataclass(slots=True)
class _Case:
    """A row on its way: what it asked, and what came back."""

    row: Row
    questions: list[Question]
    replies: dict[int, dict[str, Any] | RowError | BackendDown] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    down_after: int = -1  # answers that had been heard when the back end failed this row
    told: bool = False
    again: int = 0  # questions that were asked once more

    @property
    def complete(self) -> bool:
        return len(self.replies) == len(self.questions)

    @property
    def good(self) -> dict[int, dict[str, Any]]:
        return {place: reply for place, reply in self.replies.items() if isinstance(reply, dict)}

    @property
    def down(self) -> BackendDown | None:
        return next((reply for reply in self.replies.values() if isinstance(reply, BackendDown)), None)


class Asking(Streams):
    """What kinds that ask have in common. A kind says `questions`, `schema`, `blank`, `read` and `payload`."""

    def __init__(
        self, writer: Writer, *, kind: str, model: str, prompt_version: str, batch: int, **settings: Any
    ) -> None:
        self.batch, self._writer = batch, writer
        self.provenance = Provenance(kind, model, writer.revision, prompt_version, {**writer.settings, **settings})

    def questions(self, row: Row) -> list[Question]:
        raise NotImplementedError

    def schema(self) -> dict[str, Any]:
        raise NotImplementedError

    def blank(self) -> list[Message]:
        """The prompt without content: what a small model would say to anything counts against it."""
        raise NotImplementedError

    def read(self, answer: str) -> dict[str, Any] | BadAnswer:
        """The answer's fields, or what is wrong with it."""
        raise NotImplementedError

    def payload(self, row: Row, asked: Sequence[Question], replies: Mapping[int, dict[str, Any]]) -> dict[str, Any]:
        """Of the questions that were answered well, one at least, by their place."""
        raise NotImplementedError

    def beside(self, asked: Sequence[Question]) -> dict[str, Any]:
        """What was particular to this row, for its settings."""
        return {}

    def stream(self, rows: Sequence[Row]) -> Generator[list[Result]]:
        """Results as answers come. Raises BackendDown at the end, of rows that got no result, where the back end went
        away: they failed by it, and nobody was answered after that. Where others were, it is the row that fails."""
        cases, unfit = self._cases(rows)
        if unfit:
            yield unfit
        places = [(case, place) for case in cases for place in range(len(case.questions))]
        heard = _Heard()
        bad = yield from self._ask(places, heard, last=False)
        bad += yield from self._ask(bad, heard, last=True)
        assert all(case.complete for case in cases), "every question was answered"
        yield [self._result(case) for case in cases if not case.told and case.down_after != heard.answers]
        for case in cases:
            if case.down and case.down_after == heard.answers:
                raise case.down

    def _cases(self, rows: Sequence[Row]) -> tuple[list[_Case], list[Result]]:
        cases, unfit = [], []
        for row in rows:
            try:
                cases.append(_Case(row, self.questions(row)))
            except Exception as error:  # a template refuses in as many ways as there are templates
                message = str(error) if isinstance(error, RowError) else f"{type(error).__name__}: {error}"
                unfit.append(Result(row.id, None, error=message))
        return cases, unfit

    def _ask(
        self, places: Sequence[tuple[_Case, int]], heard: "_Heard", *, last: bool
    ) -> Generator[list[Result], None, list[tuple[_Case, int]]]:
        """Ask these questions. Yields rows that are complete and have a good answer; returns those to ask again."""
        if not places:
            return []
        asked = [Asked(q.messages, q.seed, again=last) for q in (case.questions[place] for case, place in places)]
        again = []
        with closing(self._writer.stream(asked, schema=self.schema(), blank=self.blank())) as answers:
            for which, answer in answers:
                case, place = places[which]
                heard.answers += not isinstance(answer, BackendDown)
                reply = self._reply(case, answer)
                if isinstance(reply, BadAnswer) and not last:
                    case.again += 1
                    again.append((case, place))
                    continue
                case.replies[place] = reply
                if isinstance(reply, BackendDown):
                    case.down_after = heard.answers
                if case.complete and case.good and not case.down:
                    case.told = True
                    yield [self._result(case)]
        return again

    def _reply(self, case: _Case, answer: Answer) -> dict[str, Any] | RowError | BackendDown:
        if not isinstance(answer, Written):
            return answer
        case.counts = Counts(case.counts.read + answer.read, case.counts.written + answer.written)
        return self.read(answer.text)

    def _result(self, case: _Case) -> Result:
        if not case.good:
            return Result(case.row.id, None, error=str(next(iter(case.replies.values()))), counts=case.counts)
        payload = self.payload(case.row, case.questions, case.good)
        payload["truncated"] = any(question.truncated for question in case.questions)
        again = {"asked_again": case.again} if case.again else {}
        return Result(case.row.id, payload, counts=case.counts, settings=self.beside(case.questions) | again)


@dataclass(slots=True)
class _Heard:
    """How many answers the back end gave until now, good or bad."""

    answers: int = 0
