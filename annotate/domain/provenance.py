"""Where the assistance of a pair comes from, and who was shown which: told after the verdict, never before it.

To who judged the pair once their verdict is written, where the campaign's policy revealed anything to them; to
reviewers and managers once the pair is settled. It names models and what they took, and nothing of what they answered.
"""

from typing import Any

from django.utils.translation import gettext as _

from annotate.domain.errors import Missing
from annotate.models import Assistance, Campaign, Claim, Judgement, QueueEntry
from annotate.models.assistance import AssistanceState
from annotate.models.pair import QueueState

Shown = dict[str, Any]
BESIDE, REVEALED = "beside", "revealed"  # before the judgement, and after it
COLUMNS = (
    *("id", "kind", "engine", "model", "revision", "prompt_version", "settings"),
    *("tokens_read", "tokens_written", "milliseconds", "finished"),
)


def of_claim(claim: Claim) -> list[Shown] | None:
    """Each piece of the pair's assistance, `shown` how this person saw it, "" if they did not. One statement.

    None: nothing is told, because the verdict is not written yet, or because the policy revealed nothing here.
    `claim` comes with judgement, reveal and verdict joined (leases.own_claim).
    """
    judgement = getattr(claim, "judgement", None)
    if getattr(judgement, "verdict", None) is None or getattr(judgement, "reveal", None) is None:
        return None
    assert judgement is not None
    return [piece | {"shown": _seen(judgement, piece.pop("id"))} for piece in _pieces(claim.pair_id)]


def of_pair(*, campaign: Campaign, pair_id: int) -> list[Shown] | None:
    """Each piece of the pair's assistance, `shown` to whose verdict (its number, in the order of seats) and how.

    None: the pair is not settled yet. Missing: no such pair here. Three statements.
    """
    entry = QueueEntry.objects.filter(campaign=campaign, pair_id=pair_id).first()
    if entry is None:
        raise Missing(_("There is no such pair in this campaign."))
    if entry.state != QueueState.SETTLED:
        return None
    made = Judgement.objects.filter(claim__pair_id=pair_id, claim__campaign=campaign, verdict__surplus=False)
    judged = list(made.select_related("reveal").order_by("claim__seat"))
    return [piece | {"shown": _readers(judged, piece.pop("id"))} for piece in _pieces(pair_id)]


def _readers(judged: list[Judgement], pk: int) -> list[Shown]:
    seen = [(number, _seen(judgement, pk)) for number, judgement in enumerate(judged, 1)]
    return [{"verdict": number, "how": how} for number, how in seen if how]


def _seen(judgement: Judgement, pk: int) -> str:
    reveal = getattr(judgement, "reveal", None)
    if reveal is not None and pk in reveal.shown:
        return REVEALED
    return BESIDE if pk in judgement.shown else ""


def _pieces(pair_id: int) -> list[Shown]:
    done = Assistance.objects.filter(pair_id=pair_id, state=AssistanceState.DONE)
    return [_piece(dict(row)) for row in done.order_by("kind", "pk").values(*COLUMNS)]


def _piece(row: Shown) -> Shown:
    """The engine of our own code that answered stands among the settings; it is the kind, said twice."""
    given = row["settings"] or {}
    return row | {"settings": {name: value for name, value in given.items() if name != "engine" and value is not None}}
