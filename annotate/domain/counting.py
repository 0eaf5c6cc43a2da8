"""The tally of a pair: what was said of it, by the facts of now."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from annotate.domain.best import rank
from annotate.domain.opinions import signed
from annotate.models import Assistance, Gold, Judgement, Pair, Tally, Verdict
from annotate.models.assistance import AssistanceState

ATTRIBUTES = ("task_category", "objectivity", "controversiality")
LENGTHS = ((1.1, "alike"), (1.5, "up to 1.5x"), (2.0, "up to 2x"))
UNKNOWN = "unknown"


def counted(campaign_id: int, pairs: Sequence[int]) -> Iterator[Tally]:
    """The tallies of these pairs by the facts of now; none of a pair that nobody has judged."""
    judged, first = _said(Judgement.objects.all(), "claim", pairs)
    decided, _ = _said(Verdict.objects.all(), "judgement__claim", pairs)
    gold = Gold.objects.filter(pair_id__in=pairs, superseded_by__isnull=True)
    settled = dict(gold.values_list("pair_id", "label"))
    attributes, reward = _help("attributes", pairs), _help("reward", pairs)
    for pair in Pair.objects.filter(pk__in=list(judged), campaign_id=campaign_id):
        given, scored = attributes.get(pair.pk), reward.get(pair.pk)
        yield Tally(
            pair=pair,
            campaign_id=campaign_id,
            judged=_joined(choice for choice, _ in judged[pair.pk]),
            judged_strengths=_strengths(judged[pair.pk]),
            decided=_joined(choice for choice, _ in decided.get(pair.pk, ())),
            decided_strengths=_strengths(decided.get(pair.pk, ())),
            settled=settled.get(pair.pk, ""),
            reward=_side(scored[0]) if scored else "",
            reward_model=scored[1] if scored else "",
            length=_length(pair),
            writers=_writers(pair),
            week="{}-W{:02}".format(*first[pair.pk].isocalendar()[:2]),
            **{name: str(given[0].get(name) or UNKNOWN)[:60] if given else "" for name in ATTRIBUTES},
        )


Said = list[tuple[str, int | None]]


def _said(facts: Any, claim: str, pairs: Sequence[int]) -> tuple[dict[int, Said], dict[int, datetime]]:
    """By pair what counts, and when the first of it was said."""
    said: dict[int, Said] = defaultdict(list)
    first: dict[int, datetime] = {}
    rows = facts.filter(**{f"{claim}__pair_id__in": pairs, f"{claim}__round": 0}, surplus=False).order_by("created")
    for pair, choice, strength, created in rows.values_list(f"{claim}__pair_id", "choice", "strength", "created"):
        said[pair].append((choice, strength))
        first.setdefault(pair, created)
    return said, first


def _joined(values: Iterable[Any]) -> str:
    return ",".join(map(str, sorted(values)))


def _strengths(said: Iterable[tuple[str, int | None]]) -> str:
    return _joined(one for one in (signed(*opinion) for opinion in said) if one is not None)


def _help(kind: str, pairs: Sequence[int]) -> dict[int, tuple[dict[str, Any], str]]:
    """By pair the payload that counts, and its model."""
    rows = Assistance.objects.filter(pair_id__in=pairs, kind=kind, state=AssistanceState.DONE)
    known = rows.only("pair_id", "payload", "model", "engine")
    return {row.pair_id: (row.payload or {}, row.model or row.engine) for row in sorted(known, key=rank)}


def _side(payload: dict[str, Any]) -> str:
    margin = payload["score_a"] - payload["score_b"]
    return "a" if margin > 0 else "b" if margin < 0 else "equal"


def _length(pair: Pair) -> str:
    """By characters; a response of nothing counts as one."""
    one, other = (max(sum(len(turn["content"]) for turn in side), 1) for side in (pair.response_a, pair.response_b))
    ratio = max(one, other) / min(one, other)
    return next((name for most, name in LENGTHS if ratio <= most), "over 2x")


def _writers(pair: Pair) -> str:
    names = [str(pair.extra[name])[:100] for name in ("model_a", "model_b") if pair.extra.get(name)]
    return " and ".join(sorted(names))
