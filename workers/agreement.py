"""Agreement of a table of votes or of a campaign: the coefficients of curation.agreement beside the label model's."""

from collections.abc import Iterable, Mapping
from typing import Any

from annotate.domain.opinions import CHOICES, Opinion
from curation import label_model
from curation.agreement import report
from curation.agreement.majority import accuracy
from curation.agreement.votes import Votes

SCALE = [str(strength) for strength in range(-3, 4)]


def of_votes(votes: Votes, truth: Mapping[str, str] | None = None, *, difficulty: bool = False) -> dict[str, Any]:
    """What the command tells as JSON; `difficulty` asks for GLAD too, which takes minutes on large tables."""
    model = label_model.dawid_skene(votes)
    told = report.nominal(votes, truth)
    told["dawid_skene"] = {
        "accuracy": accuracy(votes, truth or {}, label_model.likeliest(model.posteriors)),
        "class_priors": dict(zip(votes.labels, model.priors.tolist(), strict=True)),
    }
    return told | {"glad": _glad(votes, truth)} if difficulty else told


def _glad(votes: Votes, truth: Mapping[str, str] | None) -> dict[str, Any] | None:
    model = label_model.glad(votes)
    if model is None:
        return None
    return {
        "accuracy": accuracy(votes, truth or {}, label_model.likeliest(model.posteriors)),
        "ability": dict(zip(votes.workers, model.ability.tolist(), strict=True)),
        "ease": dict(zip(votes.tasks, model.ease.tolist(), strict=True)),
    }


def of_opinions(
    opinions: Iterable[Opinion], truth: Mapping[str, str] | None = None, *, difficulty: bool = False
) -> dict[str, Any] | None:
    """The same of what people said in a campaign, and `ordinal` on signed strength. None where nobody said anything."""
    said = list(opinions)
    if not said:
        return None
    votes = Votes.of(((str(one.pair_id), one.person, one.choice) for one in said), labels=CHOICES)
    return of_votes(votes, truth, difficulty=difficulty) | {"ordinal": report.ordered(by_strength(said))}


def by_strength(opinions: Iterable[Opinion]) -> Votes:
    """Signed strengths as votes on the whole scale; who stated no preference is missing."""
    return Votes.of(
        ((str(one.pair_id), one.person, str(one.signed)) for one in opinions if one.signed is not None), labels=SCALE
    )
