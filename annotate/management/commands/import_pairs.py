"""Import preference pairs from a file, a stream or the hub into a campaign (docs/import.md)."""

import json
import re
import sys
from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_slug
from tqdm import tqdm

from annotate.domain import known
from annotate.domain.campaigns import get_or_create_campaign
from annotate.domain.errors import Invalid
from annotate.domain.imports import ImportReport, import_rows
from annotate.domain.intake import Problem
from annotate.management.hub import PREFIX, HubAddress, hub_rows
from annotate.models import Campaign
from annotate.models.campaign import Purpose
from curation.bytestreams import SourceError
from curation.jsonrows import Numbered
from curation.mapping import FieldMap, MappingError
from curation.sources import FORMATS, stream_rows

SHOWN = 10


class Command(BaseCommand):
    help = "Import preference pairs into a campaign; importing the same again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", metavar="SOURCE", help="a file, - for standard input, or hf://owner/name[/split]")
        parser.add_argument("--campaign", required=True, metavar="SLUG", help="made with the defaults where missing")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="FIELD=COLUMN",
            help="a column or a template such as prompt='{instruction}\\n\\n{input}'; may be given again",
        )
        parser.add_argument(
            "--select", type=_select, default=None, metavar="all|N", help="pairs a row with many responses (all)"
        )
        parser.add_argument(
            "--for",
            dest="purpose",
            choices=Purpose.values,
            default=Purpose.WORK.value,
            help="what the pairs are for; practice and qualification need a known_answer and an explanation (work)",
        )
        parser.add_argument("--format", choices=FORMATS, help="where neither name nor content tells it")

    def handle(self, *args: Any, **options: Any) -> None:
        slug, source = options["campaign"], options["source"]
        try:
            validate_slug(slug)
            fields = FieldMap.parse(options["map"])
        except ValidationError:
            raise CommandError(f"{slug!r} is no slug: letters, digits, - and _ only") from None
        except MappingError as error:
            raise CommandError(str(error)) from None
        with ExitStack() as stack:
            bar = stack.enter_context(_bar(source, disable=options["verbosity"] == 0))
            rejects = stack.enter_context(Rejects(slug, source))
            report = ImportReport()
            try:
                rows, name, file = _open(source, options["format"], stack)
                first = next(rows, None)
                report = import_rows(
                    campaign=_campaign(slug, options["purpose"]),
                    rows=chain([first], rows) if first is not None else rows,
                    fields=fields,
                    select=options["select"],
                    source=name,
                    on_progress=lambda report: _show(bar, report, file),
                    on_problem=rejects.write,
                )
            except SourceError as error:
                raise CommandError(str(error)) from None
        self._say(slug, report, rejects)

    def _say(self, slug: str, report: ImportReport, rejects: "Rejects") -> None:
        for problem in report.errors[:SHOWN]:
            self.stderr.write(_line(problem))
        if rejects.path is not None:
            self.stderr.write(f"All {rejects.count} such rows: {rejects.path}")
        self.stdout.write(
            f"{slug}: {report.new} new, {report.duplicate} duplicate, {report.rejected} rejected, "
            f"{report.contradictions} contradictions"
        )
        if report.new + report.duplicate == 0:
            raise CommandError("No pair could be read." if report.rows else "The source has no rows.")


def _campaign(slug: str, purpose: str) -> Campaign:
    campaign = get_or_create_campaign(slug=slug)
    try:
        return campaign if purpose == Purpose.WORK else known.set_of(campaign=campaign, purpose=purpose)
    except Invalid as error:
        raise CommandError(error.message) from None


class Rejects:
    """The file of rejected rows, one JSON object a line; made when the first one comes."""

    def __init__(self, slug: str, source: str) -> None:
        plain = re.sub(r"[^A-Za-z0-9._-]+", "-", "stdin" if source == "-" else Path(source).name)[:80]
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
        self._wanted = settings.ASSAY_HOME / "rejected" / f"{slug}-{plain}-{stamp}.jsonl"
        self._file: TextIO | None = None
        self.path: Path | None = None
        self.count = 0

    def __enter__(self) -> "Rejects":
        return self

    def __exit__(self, *exc: object) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, problem: Problem) -> None:
        if self._file is None:
            self._wanted.parent.mkdir(parents=True, exist_ok=True)
            self._file, self.path = self._wanted.open("x", encoding="utf-8"), self._wanted
        row = {"row": problem.row, "id": problem.row_id, "reason": problem.reason}
        self._file.write(json.dumps(row, ensure_ascii=False) + "\n")
        self.count += 1


def _select(text: str) -> int | None:
    if text == "all":
        return None
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError("all, or how many pairs of each row: 1 or more")
    return int(text)


def _open(source: str, format: str | None, stack: ExitStack) -> tuple[Iterator[Numbered], str, BinaryIO | None]:
    """The rows, the name the pairs keep of their source, and the file that tells how far we are."""
    if source.startswith(PREFIX):
        address = HubAddress.parse(source)
        return hub_rows(address), address.name, None
    if source == "-":
        return stream_rows(sys.stdin.buffer, format=format), "", None
    path = Path(source)
    try:
        file = stack.enter_context(path.open("rb"))
    except OSError as error:
        raise SourceError(f"{source} cannot be read: {error.strerror}") from None
    return stream_rows(file, name=path.name, format=format), path.name, file


def _bar(source: str, *, disable: bool) -> "tqdm[Any]":
    """A bar over the file's bytes, or a counter of rows where the size is not known."""
    if source != "-" and not source.startswith(PREFIX) and Path(source).is_file():
        return tqdm(total=Path(source).stat().st_size, unit="B", unit_scale=True, desc="import", disable=disable)
    return tqdm(unit=" rows", desc="import", disable=disable)


def _show(bar: "tqdm[Any]", report: ImportReport, file: BinaryIO | None) -> None:
    bar.set_postfix(new=report.new, duplicate=report.duplicate, rejected=report.rejected, refresh=False)
    bar.update((report.rows if file is None else file.tell()) - bar.n)


def _line(problem: Problem) -> str:
    name = f" ({problem.row_id})" if problem.row_id and problem.row_id != str(problem.row) else ""
    return f"row {problem.row}{name}: {problem.reason}"
