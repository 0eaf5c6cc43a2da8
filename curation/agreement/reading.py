"""Vote files and truth files: CSV with a header, gzip and zstd too. Whatever is wrong is told with its line."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from curation.agreement.votes import TooManyLabels, Votes
from curation.bytestreams import SourceError
from curation.pairs import RowError
from curation.sources import file_rows

VOTE = ("task", "worker", "label")
TRUTH = ("task", "label")
MOST_TOLD = 10  # wrong lines that are named before reading stops


class BadFile(ValueError):
    """The file cannot be used; the message names the file and its wrong lines."""


def read_votes(path: Path) -> Votes:
    """`task,worker,label`, one vote a line; columns in any order, others are ignored."""
    try:
        votes = Votes.of((task, worker, label) for _, (task, worker, label) in _rows(path, VOTE))
    except TooManyLabels as error:
        raise BadFile(f"{path}: {error}") from None
    if not len(votes):
        raise BadFile(f"{path}, line 2: there is no vote below the header.")
    return votes


def read_truth(path: Path) -> dict[str, str]:
    """`task,label`: the true label by task. A task that is named twice must have one label."""
    truth: dict[str, str] = {}
    for line, (task, label) in _rows(path, TRUTH):
        if truth.setdefault(task, label) != label:
            raise BadFile(f"{path}, line {line}: task {task!r} is {label!r} here and {truth[task]!r} before.")
    if not truth:
        raise BadFile(f"{path}, line 2: there is no label below the header.")
    return truth


def _rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Each row's line and its values of these columns. Raises BadFile, where rows are wrong after the last one."""
    if not path.is_file():
        raise BadFile(f"{path}: there is no such file.")
    wrong: list[str] = []
    try:
        for line, row in file_rows(path, format="csv"):
            found = row if isinstance(row, RowError) else _values(path, row, columns)
            if not isinstance(found, RowError):
                yield line, found
                continue
            wrong.append(f"{path}, line {line}: {found.reason}.")
            if len(wrong) == MOST_TOLD:
                wrong.append("There may be more; reading stopped here.")
                break
    except SourceError as error:
        raise BadFile(f"{path}, line 1: {error}.") from None
    if wrong:
        raise BadFile("\n".join(wrong))


def _values(path: Path, row: Mapping[str, str], columns: Sequence[str]) -> tuple[str, ...] | RowError:
    named = {name.strip(): value.strip() for name, value in row.items()}
    if missing := [name for name in columns if name not in named]:
        raise BadFile(
            f"{path}, line 1: the header has no column {' and no '.join(missing)}; it needs {','.join(columns)}."
        )
    values = tuple(named[name] for name in columns)
    for name, value in zip(columns, values, strict=True):
        if not value:
            return RowError(f"the {name} is empty")
        if any("\ud800" <= char <= "\udfff" for char in value):
            return RowError(f"the {name} is not UTF-8")
    return values
