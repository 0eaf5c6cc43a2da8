"""The official figures of a reward model, or of a judge, on one of the seven public benchmarks (docs/benchmarks.md)."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from annotate.domain import benchmarks
from annotate.domain.errors import DomainError
from curation.benchmarks import answers, files, outcome
from curation.benchmarks.items import Benchmark, BenchmarkError, Report
from curation.benchmarks.known import BENCHMARKS, benchmark
from workers import benchmarking, engines
from workers.engines import fake


@dataclass(frozen=True, slots=True)
class Found:
    """A report, and what it was made of: how it was answered, by whom, and the hash of the answers."""

    report: Report
    answered: str
    model: str
    revision: str
    sha256: str


class Command(BaseCommand):
    help = "Compute a benchmark's official figures from scores, verdicts or a model; --scores needs no torch."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("benchmark", metavar="BENCHMARK", help=", ".join(BENCHMARKS))
        parser.add_argument("data", metavar="DATA", nargs="+", help="the published files, folders of them, or globs")
        source = parser.add_mutually_exclusive_group(required=True)
        source.add_argument("--scores", metavar="FILE", help='JSON Lines: {"id": ..., "scores": [...]}')
        source.add_argument("--verdicts", metavar="FILE", help='JSON Lines: {"id": ..., "verdicts": ["A>B", "B>A"]}')
        source.add_argument("--model", metavar="NAME", help="a reward model: folder or hub id (docs/engines.md)")
        parser.add_argument("--save", metavar="FILE", help="with --model: keep its scores, in the form of --scores")
        parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
        parser.add_argument("--details", action="store_true", help="everything that stands beside the totals, too")
        parser.add_argument(
            "--record", metavar="NAME", nargs="?", const="", help="keep the result, under the model's name or this one"
        )
        parser.add_argument("--by", metavar="PERSON", help="with --record: whose result it is")

    def handle(self, *args: Any, **options: Any) -> None:
        _check(options)
        try:
            chosen = benchmark(options["benchmark"])
            data = files.load(chosen, options["data"])
            found = self._found(chosen, data, options)
        except BenchmarkError as error:
            raise CommandError(str(error)) from None
        except engines.EngineError as error:
            raise CommandError(f"{type(error).__name__}: {error}") from None
        found.report.notes[:0] = data.notes
        self._tell(chosen, found.report, as_json=options["json"], all_of_it=options["details"])
        if options["record"] is not None:
            self._record(chosen, data, found, name=options["record"], by=options["by"])

    def _found(self, chosen: Benchmark, data: files.Data, options: dict[str, Any]) -> Found:
        if options["model"]:
            return self._by_model(chosen, data, options)
        path = Path(options["scores"] or options["verdicts"])
        if options["scores"]:
            report = outcome.from_scores(chosen, data.items, answers.read_scores(path, data.items))
        else:
            report = outcome.from_verdicts(chosen, data.items, answers.read_verdicts(path, data.items))
        answered = "scores" if options["scores"] else "verdicts"
        return Found(report, answered, path.name.partition(".")[0], "", outcome.digest(path.read_bytes()))

    def _by_model(self, chosen: Benchmark, data: files.Data, options: dict[str, Any]) -> Found:
        engine, total = _engine(options["model"]), sum(item.size for item in data.items)
        with tqdm(total=total, unit=" responses", desc=chosen.name, disable=options["verbosity"] == 0) as bar:
            scored = benchmarking.score(chosen, data.items, engine, on_progress=bar.update)
        lines = outcome.score_lines(data.items, scored.scores)
        if options["save"]:
            Path(options["save"]).write_bytes(lines)
        report = outcome.from_scores(chosen, data.items, scored.scores)
        if scored.truncated:
            report.notes.append(f"{scored.truncated} rows were longer than the model takes; their beginning went.")
        return Found(report, "model", options["model"], engine.provenance.revision, outcome.digest(lines))

    def _tell(self, chosen: Benchmark, report: Report, *, as_json: bool, all_of_it: bool) -> None:
        if as_json:
            told = outcome.as_json(chosen, report) | (outcome.details(report) if all_of_it else {})
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(_lines(chosen, report, all_of_it=all_of_it)))
        for note in report.remarks:
            self.stderr.write(note)

    def _record(self, chosen: Benchmark, data: files.Data, found: Found, *, name: str, by: str | None) -> None:
        try:
            result = benchmarks.record(
                model=name or found.model,
                revision=found.revision,
                answered=found.answered,
                data=data.sha256,
                answers=found.sha256,
                report=outcome.as_json(chosen, found.report) | outcome.details(found.report),
                by=by,
            )
        except DomainError as error:
            raise CommandError(error.message) from None
        self.stderr.write(f"Recorded as result {result.pk} of {result.model}.")


def _check(options: dict[str, Any]) -> None:
    """What cannot be meant is refused before anything is read or scored."""
    if options["save"] and not options["model"]:
        raise CommandError("--save keeps what --model scored; give --model.")
    if options["save"] and not Path(options["save"]).absolute().parent.is_dir():
        raise CommandError(f"There is no folder for {options['save']}.")
    if options["by"] and options["record"] is None:
        raise CommandError("--by says whose result is recorded; give --record.")


def _engine(model: str) -> engines.Engine:
    if model.startswith(fake.PREFIX):
        return fake.load("reward", model)
    return engines.load("reward", model, cache=settings.MODELS_DIR, batch=settings.ASSISTANCE_BATCHES["reward"])


def _lines(chosen: Benchmark, report: Report, *, all_of_it: bool) -> list[str]:
    """The official total first, then the other mean where it differs, each with what it is."""
    rows = [(f"official: {report.official}", report.overall)]
    if report.macro != report.overall:
        rows.append((report.mean, report.macro))
    rows += [(f"  {name}", value) for name, value in report.subsets.items()]
    if all_of_it:
        rows += [(figure.what, figure.percent) for figure in report.figures]
    width = max(len(what) for what, _ in rows)
    head = f"{chosen.title}: {report.n} items, {report.ties} comparisons with equal scores"
    return [head, *(f"{what:<{width}}  {value:6.2f}" for what, value in rows)]
