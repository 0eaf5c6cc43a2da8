"""Results on public benchmarks: recorded once, held against the models that were published."""

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from annotate.domain import audit
from annotate.domain.errors import AlreadyDone, Missing
from annotate.models import BenchmarkResult, User
from curation.benchmarks.published import TITLES, USES_MEAN, reference

NEWEST = 200
COMPARED = 5  # recorded models beside the published ones; the newest


def record(
    *,
    model: str,
    revision: str,
    answered: str,
    data: str,
    answers: str,
    report: dict[str, Any],
    by: str | None = None,
) -> BenchmarkResult:
    """Keep a report. AlreadyDone: these answers of this model on this data are recorded. Missing: nobody is `by`."""
    actor = _person(by) if by else None
    try:
        with transaction.atomic():
            result = BenchmarkResult.objects.create(
                benchmark=report["benchmark"],
                model=model,
                revision=revision,
                answered=answered,
                data=data,
                answers=answers,
                n=report["n"],
                overall=report["overall"],
                macro=report["macro"],
                complete=not report["missing"],
                report=report,
                recorded_by=actor,
            )
            audit.record(
                verb="benchmark.recorded",
                actor_id=actor.pk if actor else None,
                result=result.pk,
                benchmark=result.benchmark,
                model=model,
                answers=answers,
            )
            return result
    except IntegrityError:
        if not BenchmarkResult.objects.filter(
            benchmark=report["benchmark"], model=model, data=data, answers=answers
        ).exists():
            raise
        raise AlreadyDone(_("These answers of “%(model)s” are recorded already.") % {"model": model}) from None


def _person(name: str) -> User:
    found = User.objects.filter(username=name).first()
    if found is None:
        raise Missing(_("There is nobody named “%(name)s”.") % {"name": name})
    return found


@dataclass(frozen=True, slots=True)
class Compared:
    """One model's figures by benchmark, as the published table has them, and their mean where all seven are there."""

    model: str
    published: bool
    percent: dict[str, float]

    @property
    def mean(self) -> float | None:
        return sum(self.percent.values()) / len(TITLES) if len(self.percent) == len(TITLES) else None


def compared() -> list[Compared]:
    """The newest complete result of each benchmark for the newest few models, then the published models."""
    recorded: dict[str, dict[str, float]] = {}
    rows = BenchmarkResult.objects.filter(complete=True, benchmark__in=TITLES).order_by("-pk")
    for name, benchmark, overall, macro in rows.values_list("model", "benchmark", "overall", "macro")[:NEWEST]:
        if name in recorded or len(recorded) < COMPARED:
            recorded.setdefault(name, {}).setdefault(benchmark, macro if benchmark in USES_MEAN else overall)
    return [Compared(name, False, percent) for name, percent in recorded.items()] + [
        Compared(name, True, percent) for name, percent in reference().items()
    ]


def newest() -> list[BenchmarkResult]:
    """Every result, the newest first, as many as a page may list."""
    return list(BenchmarkResult.objects.select_related("recorded_by").order_by("-pk")[:NEWEST])
