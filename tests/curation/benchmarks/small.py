"""Small files in the published formats, and the report that comes of them and some scores."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from curation.benchmarks import answers, files, outcome
from curation.benchmarks.items import Report
from curation.benchmarks.known import benchmark

Row = dict[str, Any]


def write(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """JSON Lines, or one JSON array where the name ends in .json."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = list(rows)
    text = json.dumps(rows, indent=1) if path.suffix == ".json" else "".join(json.dumps(row) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")
    return path


def scored(name: str, folder: Path, rows: Sequence[Row], scores: Mapping[str, Sequence[float]]) -> Report:
    """The report on one file of rows, scored by id, the lines of the scores turned round."""
    lines = [{"id": id, "scores": list(values)} for id, values in scores.items()][::-1]
    return evaluated(name, [write(folder / "data.jsonl", rows)], write(folder / "scores.jsonl", lines))


def evaluated(name: str, data: Sequence[Path], scores: Path) -> Report:
    chosen = benchmark(name)
    loaded = files.load(chosen, [str(path) for path in data])
    return outcome.from_scores(chosen, loaded.items, answers.read_scores(scores, loaded.items))


def judged(name: str, folder: Path, rows: Sequence[Row], verdicts: Mapping[str, Sequence[str | None]]) -> Report:
    chosen = benchmark(name)
    loaded = files.load(chosen, [str(write(folder / "data.jsonl", rows))])
    path = write(folder / "verdicts.jsonl", [{"id": id, "verdicts": list(said)} for id, said in verdicts.items()])
    return outcome.from_verdicts(chosen, loaded.items, answers.read_verdicts(path, loaded.items))


def figures(report: Report) -> dict[str, float]:
    return {figure.what: figure.percent for figure in report.figures}
