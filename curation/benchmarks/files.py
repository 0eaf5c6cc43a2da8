"""The data of a benchmark: files, folders and globs, read into items, each of them once."""

import glob
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import file_digest, sha256
from pathlib import Path

from curation.benchmarks.items import Benchmark, BenchmarkError, Item
from curation.bytestreams import SourceError
from curation.pairs import RowError
from curation.sources import SUFFIXES, file_rows

SHOWN = 10
PACKED = {".gz", ".zst"}


@dataclass(slots=True)
class Data:
    """Every item, and the SHA-256 that tells this data from any other: of the file, or of its files' hashes."""

    items: list[Item] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def sha256(self) -> str:
        hashes = sorted(self.files.values())
        return hashes[0] if len(hashes) == 1 else sha256("".join(hashes).encode()).hexdigest()


def load(benchmark: Benchmark, sources: Sequence[str]) -> Data:
    """Raises BenchmarkError, which names every row that cannot be read (ten in full)."""
    data, problems = Data(), list[str]()
    for path in _without_raw(paths(sources), data):
        _read(benchmark, path, data, problems)
    if problems:
        raise BenchmarkError(listed(problems))
    if not data.items:
        raise BenchmarkError("There is no item in the data.")
    _once(data)
    return data


def listed(problems: Sequence[str]) -> str:
    more = len(problems) - SHOWN
    return "\n".join([*problems[:SHOWN], *([f"... and {more} more"] if more > 0 else [])])


def paths(sources: Sequence[str]) -> list[Path]:
    """The files that are meant, each once, in the order given; those of a folder or a glob sorted."""
    found: dict[Path, Path] = {}
    for source in sources:
        those = _files(source)
        if not those:
            raise BenchmarkError(f"{source}: there is no such file, and no file with data in such a folder.")
        found.update({path.resolve(): path for path in those if path.resolve() not in found})
    return list(found.values())


def _files(source: str) -> list[Path]:
    path = Path(source)
    if path.is_dir():
        return sorted(one for one in path.rglob("*") if one.is_file() and _is_data(one.relative_to(path)))
    if path.exists():
        return [path]
    return [one for found in sorted(glob.glob(source, recursive=True)) for one in _files(found)]


def _is_data(path: Path) -> bool:
    suffixes = [suffix for suffix in path.suffixes if suffix not in PACKED]
    hidden = any(part.startswith((".", "__")) for part in path.parts)
    return not hidden and bool(suffixes) and suffixes[-1] in SUFFIXES and path.name != "dataset_infos.json"


def _without_raw(found: list[Path], data: Data) -> list[Path]:
    """RewardBench publishes `raw-*` beside the `filtered-*` that is the benchmark."""
    folders = {path.parent for path in found if path.name.startswith("filtered")}
    raw = [path for path in found if path.name.startswith("raw") and path.parent in folders]
    data.notes += [f"{path} is left out: the benchmark is the filtered set beside it." for path in raw]
    return [path for path in found if path not in raw]


def _read(benchmark: Benchmark, path: Path, data: Data, problems: list[str]) -> None:
    try:
        with path.open("rb") as file:
            data.files[str(path)] = file_digest(file, "sha256").hexdigest()
        for number, row in file_rows(path):
            try:
                if isinstance(row, RowError):
                    raise row
                item = benchmark.read(row, str(path))
                data.items.append(replace(item, where=f"{path}, row {number}"))
            except RowError as error:
                problems.append(f"{path}, row {number}: {error.reason}")
    except OSError as error:
        problems.append(f"{path}: {error.strerror}")
    except SourceError as error:
        problems.append(f"{path}: {error}")


def _once(data: Data) -> None:
    """RM-Bench publishes its domains apart and together: a row that stands again in another file counts once."""
    seen: dict[str, list[tuple[str, Item]]] = {}
    kept, again = [], 0
    for item in data.items:
        file, others = item.where.rpartition(", row ")[0], seen.setdefault(item.id, [])
        if any(file != where and item.row == other.row for where, other in others):
            again += 1
            continue
        others.append((file, item))
        kept.append(item)
    data.items = kept
    if again:
        data.notes.append(f"{again} items stand again in another file, and count once.")
