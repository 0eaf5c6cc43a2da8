"""Runs made ahead of time become somebody's own evidence by their own act: using one, or citing it.

That a result lies on the page is no check. So an ahead run counts for nobody until they take it over: a row of their
claim that is that run, with its input, output and SHA-256.
"""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from annotate.domain import audit
from annotate.domain.errors import Invalid
from annotate.models import Claim, ToolRun
from annotate.models.tools import RunStatus

RAN = (RunStatus.FINISHED, RunStatus.FAILED, RunStatus.TIMEOUT, RunStatus.OVERFLOW, RunStatus.STOPPED)
COPIED = ("kind", "input", "state", "status", "output", "version", "environment", "milliseconds", "sha256", "finished")


def adopt(*, claim: Claim, runs: Iterable[ToolRun]) -> dict[int, int]:
    """Take these ahead runs of the claim's pair over, each once. Returns the claim's own run for each.

    Call inside a transaction that holds the claim. Invalid: one has not run, or could not.
    """
    own = {run.adopts_id: run.pk for run in claim.runs.only("adopts") if run.adopts_id}
    number = claim.runs.count()
    for run in runs:
        if run.status not in RAN:
            raise Invalid(
                _("This cannot be used as evidence."), fields={"use": _("it has not run yet, or could not run")}
            )
        if run.pk not in own:
            number += 1
            own[run.pk] = _take_over(claim, run, number).pk
    return own


def _take_over(claim: Claim, run: ToolRun, number: int) -> ToolRun:
    taken = ToolRun(claim=claim, pair_id=claim.pair_id, number=number, adopts=run)
    for name in COPIED:
        setattr(taken, name, getattr(run, name))
    taken.save(force_insert=True)
    audit.record(
        verb="tool.adopted",
        actor_id=claim.annotator_id,
        campaign_id=claim.campaign_id,
        pair_id=claim.pair_id,
        claim=claim.pk,
        run=taken.pk,
        adopts=run.pk,
        kind=run.kind,
    )
    return taken


def listed() -> QuerySet[ToolRun]:
    """Runs in the order of their numbers, each with the name of the ahead run that it is."""
    return ToolRun.objects.select_related("adopts").defer("adopts__input", "adopts__output").order_by("number")


def ahead_of(claim: Claim) -> QuerySet[ToolRun]:
    """The runs made ahead of the claim's pair."""
    return ToolRun.objects.filter(pair_id=claim.pair_id, claim=None)
