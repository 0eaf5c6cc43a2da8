"""Settled pairs for tests of what comes after: through the whole protocol, or set down at once."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import numpy as np

from annotate.domain import leases, protocol, record
from annotate.domain.protocol import Said
from annotate.models import Gold, Pair, QueueEntry, User
from tests.cast import ATTRIBUTES, REWARD, Cast, make_assistance, make_pair


def decide(cast: Cast, user: User, choice: str, *, strength: int = 2, confidence: int = 3, checks: Any = ()) -> None:
    """Claim, judge and decide: `choice` is canonical. `checks` are as the person sees the sides."""
    claim, _ = leases.claim_next(campaign=cast.campaign, user=user)
    assert claim is not None
    side = {claim.left: "left"}.get(choice, "right") if choice in "ab" else choice
    said = Said(
        choice=side, strength=strength if choice in "ab" else None, confidence=confidence, reason="It is right."
    )
    if protocol.judge(claim_id=claim.pk, user=user, said=replace(said, checks=[*checks])).next == "verdict":
        protocol.decide(claim_id=claim.pk, user=user, said=said)


def make_gold(cast: Cast, number: int = 1, *choices: str, help: bool = True, **fields: Any) -> Pair:
    """A pair with assistance and these final choices of ana, ben and chen (default: a, a)."""
    pair = make_pair(cast.campaign, number, **fields)
    if help:
        make_assistance(pair, "reward", REWARD, model="rm-1", revision="r1")
        make_assistance(pair, "attributes", ATTRIBUTES, model="lm-1", revision="r2", prompt_version="p1")
    for user, choice in zip((cast.ana, cast.ben, cast.chen), choices or ("a", "a"), strict=False):
        decide(cast, user, choice)
    return pair


NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
VERDICT = {
    "pk": 1, "choice": "a", "strength": 2, "confidence": 2, "changed": False, "policy": "always", "created": NOON,
    "evidence": [], "judged_by": [], "ran": "[]",
    "first": "a", "judged": NOON, "annotator": 1, "source": "", "source_id": "", "source_label": "", "group": "",
    "protocol_name": "Assay protocol", "protocol_version": 1, "assistant": "", "corrected": {}, "checks": [],
    "waived": [], "lifted": [],
}  # fmt: skip


def set_down_gold(cast: Any, numbers: range) -> None:
    """Many gold rows of `cast.campaign` without their verdicts: enough for paging and memory."""
    for number in numbers:
        pair = make_pair(cast.campaign, number)
        fields = {"label": "a", "strength": 2.0, "votes": {"a": 2}, "origin": "consensus", "created": NOON}
        gold = Gold(pair=pair, campaign=cast.campaign, protocol=cast.campaign.protocol, **fields)
        gold.record = record.write(gold, verdicts=[SimpleNamespace(**VERDICT)], assistance=[])
        gold.save()
        QueueEntry.objects.filter(pair=pair).update(state="settled", free=0)


def set_down_near_gold(pair: Pair, numbers: range) -> list[int]:
    """Gold that lies ever nearer to this pair; its ids, the nearest first."""
    set_down_gold(SimpleNamespace(campaign=pair.campaign), numbers)
    golds = list(Gold.objects.filter(campaign=pair.campaign).select_related("pair").order_by("pk"))
    for number, one in enumerate([*(gold.pair for gold in golds), pair]):
        vector = np.array([1, number]) / np.hypot(1, number)
        make_assistance(one, "embed", {"dim": 2}, blob=vector.astype("<f4").tobytes())
    return [gold.pk for gold in reversed(golds)]
