"""Scores and verdicts from a file: JSON Lines, one item a line, each line matched to its item or refused.

Ids are the benchmark's own. Where one stands several times in the data, its lines say which is meant by the fields
that differ (`subset`, `model_name`, ...), or the whole file is in the order of the data, place by place.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from curation.benchmarks.fields import identity
from curation.benchmarks.files import SHOWN, listed
from curation.benchmarks.items import BenchmarkError, Item, Row
from curation.bytestreams import SourceError
from curation.pairs import RowError
from curation.sources import file_rows

VERDICTS = ("A>B", "B>A", "A=B")
Value = TypeVar("Value")
Problem = tuple[int, str]
"""The number of a line, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Line(Generic[Value]):
    number: int
    id: str
    row: Row
    values: list[Value]


def read_scores(path: Path, items: Sequence[Item]) -> list[list[float] | None]:
    """Scores of each item; None only where the metric counts none. Raises BenchmarkError."""
    found, problems = _match(_lines(path, _scores), items)
    for place, line in found.items():
        if len(line.values) != items[place].size:
            wanted = f"{line.id!r} has {items[place].size} responses"
            problems.append((line.number, f"{len(line.values)} scores, but {wanted}"))
    return _whole(path, found, problems, items)


def read_verdicts(path: Path, items: Sequence[Item]) -> list[list[str | None] | None]:
    """Verdicts of each item, of what was shown first and second. Raises BenchmarkError."""
    found, problems = _match(_lines(path, _verdicts), items)
    return _whole(path, found, problems, items)


def _scores(row: Row) -> list[float]:
    if "scores" not in row:
        raise RowError('there is no field "scores"')
    found = row["scores"]
    if not isinstance(found, list) or not all(
        isinstance(one, int | float) and not isinstance(one, bool) for one in found
    ):
        raise RowError("scores must be a list of numbers")
    try:
        values = [float(one) for one in found]
    except OverflowError:
        values = [math.inf]
    if not all(math.isfinite(one) for one in values):
        raise RowError("a score is not finite")
    return values


def _verdicts(row: Row) -> list[str | None]:
    """A list of verdicts, or JudgeBench's own `judgments`, each with its decision."""
    if "verdicts" not in row and isinstance(row.get("judgments"), list):
        said: Any = [one.get("decision") if isinstance(one, Mapping) else None for one in row["judgments"]]
    elif "verdicts" in row:
        said = row["verdicts"]
    else:
        raise RowError('there is no field "verdicts"')
    if not isinstance(said, list) or not said or not all(one is None or one in VERDICTS for one in said):
        raise RowError(f"verdicts must be a list of {', '.join(VERDICTS)} or null")
    return said


def _lines(path: Path, values: Callable[[Row], list[Value]]) -> tuple[list[Line[Value]], list[Problem]]:
    lines, problems = list[Line[Value]](), list[Problem]()
    try:
        for number, row in file_rows(path, format="jsonl"):
            try:
                if isinstance(row, RowError):
                    raise row
                name = next((one for one in ("id", "pair_id") if one in row), "id")
                lines.append(Line(number, identity(row, name), row, values(row)))
            except RowError as error:
                problems.append((number, error.reason))
    except SourceError as error:
        raise BenchmarkError(f"{path}: {error}") from None
    return lines, problems


def _match(
    read: tuple[list[Line[Value]], list[Problem]], items: Sequence[Item]
) -> tuple[dict[int, Line[Value]], list[Problem]]:
    """The line of each item by the item's place."""
    lines, problems = read
    places: dict[str, list[int]] = {}
    for place, item in enumerate(items):
        places.setdefault(item.id, []).append(place)
    in_order = _in_order(lines, items)
    found: dict[int, Line[Value]] = {}
    for at, line in enumerate(lines):
        meant = places.get(line.id, [])
        if len(meant) > 1:
            meant = [place for place in meant if _fits(line, items[place])]
        if len(meant) > 1 and in_order is not None:
            meant = [in_order[at]]
        if problem := _problem(line, meant, found, places, items):
            problems.append((line.number, problem))
        else:
            found[meant[0]] = line
    return found, problems


def _in_order(lines: Sequence[Line[Value]], items: Sequence[Item]) -> list[int] | None:
    """The places of the lines' items, where the lines are all items, or all that count, in the order of the data."""
    ids = [line.id for line in lines]
    for places in (list(range(len(items))), [place for place, item in enumerate(items) if item.counts]):
        if ids == [items[place].id for place in places]:
            return places
    return None


def _fits(line: Line[Value], item: Item) -> bool:
    """Whether what the line says beside its id is what the item says."""
    return all(str(line.row[name]).lower() == value.lower() for name, value in item.also.items() if name in line.row)


def _problem(
    line: Line[Value],
    meant: Sequence[int],
    found: Mapping[int, Line[Value]],
    places: Mapping[str, list[int]],
    items: Sequence[Item],
) -> str:
    if line.id not in places:
        return f"{line.id!r} is not in the data"
    if not meant:
        there = items[places[line.id][0]].also
        return f"{line.id!r} is in the data, but as {', '.join(f'{name} {value}' for name, value in there.items())}"
    if len(meant) > 1:
        return (
            f"{line.id!r} stands {len(meant)} times in the data; {_apart(meant, items)}"
            "give every line in the order of the data"
        )
    if meant[0] in found:
        return f"{line.id!r} again; it stands in line {found[meant[0]].number} already"
    return ""


def _apart(meant: Sequence[int], items: Sequence[Item]) -> str:
    """Which fields tell these items apart."""
    also = [items[place].also for place in meant]
    names = [name for name in also[0] if len({one.get(name) for one in also}) > 1]
    return f"add {' and '.join(names)} to its lines, or " if names else ""


def _whole(
    path: Path, found: Mapping[int, Line[Value]], problems: list[Problem], items: Sequence[Item]
) -> list[list[Value] | None]:
    """All or nothing: a line that is wrong or missing leaves no figure."""
    if problems:
        raise BenchmarkError(listed([f"{path}, line {number}: {problem}" for number, problem in sorted(problems)]))
    absent = [item.id for place, item in enumerate(items) if item.counts and place not in found]
    if absent:
        more = "..." if len(absent) > SHOWN else ""
        raise BenchmarkError(f"{path}: no line for {len(absent)} of the items: {', '.join(absent[:SHOWN])}{more}")
    return [found[place].values if place in found else None for place in range(len(items))]
