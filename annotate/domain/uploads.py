"""One uploaded file becomes pairs: read, mapped and imported as the command does it."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from annotate.domain.errors import Invalid
from annotate.domain.imports import ImportReport, import_rows
from annotate.domain.intake import Problem
from annotate.models import Campaign, User
from curation.bytestreams import SourceError
from curation.mapping import FieldMap, MappingError
from curation.sources import stream_rows

PROBLEMS_KEPT = 20_000


def import_upload(
    *, campaign: Campaign, actor: User, file: BinaryIO, name: str, assignments: Sequence[str], select: int | None
) -> tuple[ImportReport, list[dict[str, Any]]]:
    """The report, and every row that did not get in (the first PROBLEMS_KEPT): {"row", "row_id", "reason"}.

    Invalid: the map cannot be understood, or the file cannot be read. Rows before the fault stay.
    """
    problems: list[dict[str, Any]] = []

    def keep(found: Problem) -> None:
        if len(problems) < PROBLEMS_KEPT:
            problems.append(asdict(found))

    try:
        report = import_rows(
            campaign=campaign,
            actor=actor,
            rows=stream_rows(file, name=name),
            fields=FieldMap.parse(assignments),
            select=select,
            source=name,
            on_problem=keep,
        )
    except MappingError as error:
        raise Invalid(_("Nothing was imported."), fields={"mapping": str(error)}) from error
    except SourceError as error:
        raise Invalid(_("The file could not be read."), fields={"file": str(error)}) from error
    return report, problems
