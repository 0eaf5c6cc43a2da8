"""Raw rows become pairs of a campaign: batch by batch, each one transaction with its audit event (intake).

A thread reads and parses the next batch while the database stores the last one. Unique (campaign, digest) makes
importing again a no-op, so an import that was killed is simply run again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from annotate.domain import bulk
from annotate.domain.ahead import made_ahead
from annotate.domain.intake import Problem, Ready, store_batch
from annotate.models import Campaign, User
from annotate.models.campaign import Purpose
from curation.mapping import FieldMap
from curation.pairs import ParsedPair, RowError
from curation.shapes import NO_MAP, parse_row

BATCH_PAIRS = 1000
BATCH_BYTES = 8 * 1024 * 1024
ERRORS_KEPT = 100
NEEDS_ANSWER = "a pair to practise or to qualify on needs a known_answer and an explanation"

Row = tuple[int, Mapping[str, Any] | RowError]


@dataclass(slots=True)
class ImportReport:
    """Counts so far: rows read, pairs new and duplicate, rows rejected. A contradiction is a duplicate too.

    `errors` holds the first ERRORS_KEPT problems.
    """

    rows: int = 0
    new: int = 0
    duplicate: int = 0
    rejected: int = 0
    contradictions: int = 0
    errors: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class _Batch:
    """Some rows in a row: at most BATCH_PAIRS pairs and problems, of little more than BATCH_BYTES characters."""

    rows: int = 0
    size: int = 0
    ready: list[Ready] = field(default_factory=list)
    rejected: list[Problem] = field(default_factory=list)

    def is_full(self) -> bool:
        return len(self.ready) + len(self.rejected) >= BATCH_PAIRS or self.size >= BATCH_BYTES


def import_rows(
    *,
    campaign: Campaign,
    rows: Iterable[Row],
    actor: User | None = None,
    fields: FieldMap = NO_MAP,
    select: int | None = None,
    source: str = "",
    on_progress: Callable[[ImportReport], None] | None = None,
    on_problem: Callable[[Problem], None] | None = None,
) -> ImportReport:
    """Import every row that can be imported; `select` limits the pairs of a row with many responses (None: all).

    Rows that cannot be read or parsed are counted, the first ones kept, and each given to `on_problem`. Into a set
    (known.set_of) only rows with a known answer are imported. What `rows`
    itself raises ends the import; batches before it stay. `rows` is read in another thread: no database there.
    """
    report = ImportReport()

    def problem(found: Problem) -> None:
        if len(report.errors) < ERRORS_KEPT:
            report.errors.append(found)
        if on_problem is not None:
            on_problem(found)

    needs_answer = campaign.purpose != Purpose.WORK
    with made_ahead(_batches(rows, fields, select, source, needs_answer)) as batches:
        for batch in batches:
            report.rows += batch.rows
            report.rejected += len(batch.rejected)
            for found in batch.rejected:
                problem(found)
            if batch.ready:
                stored = store_batch(campaign=campaign, actor=actor, batch=batch.ready)
                report.new += stored.new
                report.rejected += len(stored.rejected)
                report.duplicate += len(batch.ready) - stored.new - len(stored.rejected)
                report.contradictions += len(stored.contradictions)
                for found in (*stored.rejected, *stored.contradictions):
                    problem(found)
            if on_progress is not None:
                on_progress(report)
    if report.new >= BATCH_PAIRS:
        bulk.look_again()
    if on_progress is not None:
        on_progress(report)
    return report


def _batches(
    rows: Iterable[Row], fields: FieldMap, select: int | None, source: str, needs_answer: bool
) -> Iterator[_Batch]:
    batch = _Batch()
    for number, row in rows:
        batch.rows += 1
        outcomes = [row] if isinstance(row, RowError) else parse_row(row, fields=fields, select=select, source=source)
        for outcome in outcomes:
            if isinstance(outcome, RowError):
                batch.rejected.append(Problem(number, outcome.row_id, outcome.reason))
            elif needs_answer and outcome.known is None:
                batch.rejected.append(Problem(number, outcome.source_id, NEEDS_ANSWER))
            else:
                texts = _texts(outcome)
                batch.ready.append(Ready(number, outcome, texts))
                batch.size += sum(map(len, texts))
            if batch.is_full():
                yield batch
                batch = _Batch()
    if batch.rows or batch.ready or batch.rejected:
        yield batch


def _texts(pair: ParsedPair) -> tuple[str, str, str]:
    return (
        orjson.dumps(pair.conversation).decode(),
        orjson.dumps(pair.response_a).decode(),
        orjson.dumps(pair.response_b).decode(),
    )
