"""What annotators would see beside a pair under a version of the protocol that is still being written."""

from typing import Any

from django.utils.translation import gettext as _

from annotate.domain import citing, disclosure, rules, tools
from annotate.domain.errors import Invalid
from annotate.domain.versions import Content
from annotate.models import Assistance, Campaign, Pair, Protocol
from curation.attributes import ATTRIBUTES, CLOSED

Shown = dict[str, Any]


def attributes_of(*, campaign: Campaign, pair_id: int) -> Shown | None:
    """The attributes of a pair of the campaign as its page would show them; None: it has none yet."""
    if not Pair.objects.filter(campaign=campaign, pk=pair_id).exists():
        raise Invalid(
            _("There is no pair %(n)d in this campaign.") % {"n": pair_id}, fields={"pair": _("no pair of this number")}
        )
    rows = Assistance.objects.filter(pair_id=pair_id, kind="attributes").defer("blob")
    return disclosure.show_attributes(disclosure.best_of(rows).get("attributes"))


def supposed(**kind: str) -> Shown:
    """Attributes of a pair that there need not be, as if they had come with the data; unknown values are the first."""
    chosen = {name: kind.get(name) if kind.get(name) in known else known[0] for name, known in CLOSED.items()}
    return dict.fromkeys(ATTRIBUTES, "") | chosen | {"written_by": "source"}


def preview(*, campaign: Campaign, content: Content, attributes: Shown | None, spread: rules.Spread) -> Shown:
    """The page's own plain object for the panel (`page`), and beside it every rule with whom it touches."""
    version = Protocol(name=campaign.slug, version=0, text=content.text, attestation=content.attestation)
    version.rules = content.rules
    places = tools.places(campaign_id=campaign.serves_id or campaign.pk)
    needed = citing.required(content.rules, attributes)
    waived = needed & {"search"} if not places else set()
    return {
        "page": {
            "stage": "judgement",
            "pair": {"attributes": attributes, "masked": False, "missing": [] if attributes else ["attributes"]},
            "protocol": disclosure.show_protocol(version, attributes),
        },
        "needed": [str(citing.MISSING[kind]) for kind in sorted(needed - waived)],
        "waived": str(citing.WAIVED) if waived else "",
        "rules": [_row(place, rule, attributes, spread) for place, rule in enumerate(content.rules, start=1)],
        "pairs": spread.pairs,
        "without": spread.pairs - sum(spread.kinds.values()),
    }


def _row(place: int, rule: rules.Rule, attributes: Shown | None, spread: rules.Spread) -> Shown:
    pairs, held = spread.touched(rule)
    return {
        "place": place,
        "text": rule["text"],
        "requires": rule["requires"],
        "applies": disclosure.applies(rule, attributes),
        "pairs": pairs,
        "held": held,
    }
