"""What a judgement or verdict cites, and which runs of tools the protocol asks for before it."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotate.domain import adopting, assistant, disclosure, tools
from annotate.domain.adopting import RAN
from annotate.domain.attributes import Attributes, held_to
from annotate.domain.errors import Invalid
from annotate.models import Claim, ToolRun, User
from annotate.models.tools import ToolKind

Shown = dict[str, Any]
MISSING: dict[str, Any] = {
    ToolKind.CODE.value: gettext_lazy(
        "Run code before you judge this pair: a block of a response, or a test of your own."
    ),
    ToolKind.MATHS.value: gettext_lazy(
        "Check the maths before you judge this pair: an expression, an equation or two answers."
    ),
    ToolKind.SEARCH.value: gettext_lazy(
        "Search before you judge this pair: a factual claim that decides the matter needs it."
    ),
}
WAIVED = gettext_lazy(
    "The protocol asks for a search, and none is set up here. You can judge without; the record says so."
)
LIFTED: dict[str, Any] = {
    ToolKind.CODE.value: gettext_lazy("By your correction no code needs to run. The record says so."),
    ToolKind.MATHS.value: gettext_lazy("By your correction no maths needs a check. The record says so."),
    ToolKind.SEARCH.value: gettext_lazy("By your correction nothing needs a search. The record says so."),
}


def check_evidence(*, claim: Claim, evidence: list[int]) -> list[int]:
    """What is cited is one's own and was run: finished, or failed, which is a result too.

    A run made ahead of the pair becomes one's own by being cited. Returns the ids of one's own runs, in their order.
    """
    cited = set(evidence)
    if not cited:
        return evidence
    runs = ToolRun.objects.filter(claim=claim, pk__in=cited).values_list("pk", "status", "kind")
    known = {pk: (status, kind) for pk, status, kind in runs}
    ahead = list(adopting.ahead_of(claim).filter(pk__in=cited - set(known))) if cited - set(known) else []
    if cited - set(known) - {run.pk for run in ahead}:
        raise _unfit(_("there is no such evidence with this pair"))
    if any(status not in RAN for status in (*(status for status, _kind in known.values()), *(r.status for r in ahead))):
        raise _unfit(_("what is cited has not run yet, or could not run"))
    if any(kind == ToolKind.LLM for _status, kind in known.values()):
        assistant.cited(claim=claim)
    if not ahead:
        return evidence
    taken = adopting.adopt(claim=claim, runs=ahead)
    return list(dict.fromkeys(taken.get(run_id, run_id) for run_id in evidence))


def _unfit(words: str) -> Invalid:
    message = _("The evidence cannot be cited. Nothing was recorded; your text is still here.")
    return Invalid(message, fields={"evidence": words})


def cited(*, claim_id: int, user: User, names: Iterable[str]) -> list[int]:
    """The ids of the runs with these names: E1 is one's own, P1 was made ahead. What names none is only a word."""
    wanted = {kind: [int(name[1:]) for name in names if name.startswith(kind)] for kind in "EP"}
    if not any(wanted.values()):
        return []
    mine = Q(claim_id=claim_id, claim__annotator=user, number__in=wanted["E"])
    pair = Claim.objects.filter(pk=claim_id, annotator=user).values("pair_id")
    ahead = Q(claim__isnull=True, pair_id__in=pair, number__in=wanted["P"])
    runs = ToolRun.objects.filter(mine | ahead if wanted["P"] else mine)
    return list(runs.order_by(F("claim").asc(nulls_last=True), "number").values_list("pk", flat=True))


class Excused(NamedTuple):
    """What a judgement does without, by kind: nobody could have it, or its person's correction lifted the rule."""

    waived: list[str]
    lifted: list[str]


def check_required(*, claim: Claim, attributes: Attributes | None) -> Excused:
    """Refuse a judgement while a rule that applies asks for a tool that was not run. Returns what it does without.

    Which attributes count, held_to says: a model's are too often wrong to stop somebody by. A search is waived where
    there is nowhere to search: nobody is locked out. A correction brings and lifts rules for who made it. The record
    says either. A seat given away is not held to any of it: what comes late is kept, and does not count.
    """
    if claim.abandoned or not any(MISSING.keys() & set(rule.get("requires", [])) for rule in claim.protocol.rules):
        return Excused([], [])
    kinds, lifted = _required(claim, attributes)
    if not kinds | lifted:
        return Excused([], [])
    ran = set(ToolRun.objects.filter(claim=claim, status__in=RAN).values_list("kind", flat=True))
    missing = kinds - ran
    waived = {"search"} & missing if "search" in missing and not tools.places(campaign_id=claim.campaign_id) else set()
    for kind in sorted(missing - waived):
        raise Invalid(f"{MISSING[kind]} {_('Nothing was recorded.')}", fields={"evidence": str(MISSING[kind])})
    return Excused(sorted(waived), sorted(lifted - ran))


def _required(claim: Claim, attributes: Attributes | None) -> tuple[set[str], set[str]]:
    """The kinds of tool that must have run, and those that had to before this person corrected an attribute."""
    rules = claim.protocol.rules
    kinds = required(rules, held_to(attributes, claim.corrected))
    return kinds, required(rules, held_to(attributes, {})) - kinds if claim.corrected else set()


def required(rules: list[Shown], held: Attributes | None) -> set[str]:
    """The kinds of tool that must have run before a judgement, of those there are, by the attributes that count."""
    asked = {kind for rule in rules if disclosure.applies(rule, held) for kind in rule.get("requires", [])}
    return asked & MISSING.keys()


def still_missing(
    *, claim: Claim, attributes: Attributes | None, runs: list[Shown], places: Iterable[str]
) -> list[str]:
    """What the page says is needed before the judgement, or no longer, a line each; no statement."""
    ran = {run["kind"] for run in runs if run["status"] in RAN}
    kinds, lifted = _required(claim, attributes)
    return [
        *(str(MISSING[kind] if kind != ToolKind.SEARCH or any(places) else WAIVED) for kind in sorted(kinds - ran)),
        *(str(LIFTED[kind]) for kind in sorted(lifted - ran)),
    ]
