"""Rules of a protocol: what is a rule, what changed between two versions, and which pairs a rule touches."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import product
from typing import Any

from django.db.models import Case, Count, Exists, OuterRef, Q, Value, When
from django.db.models.fields.json import KT
from django.utils.translation import gettext as _

from annotate.domain import citing, disclosure
from annotate.domain.errors import Invalid, one_of
from annotate.models import Assistance, Campaign, Claim, Protocol, QueueEntry
from annotate.models.assistance import IMPORTED, AssistanceState
from curation.attributes import CLOSED, CONTROVERSIALITY, OBJECTIVITY, TASK_CATEGORIES

Rule = dict[str, Any]
Kind = tuple[str, str, str]  # task category, objectivity, controversiality

REQUIRABLE = tuple(citing.MISSING)  # an answer of a language model is no evidence that a rule can ask for
MOST_RULES = 40
LONGEST_RULE = 500
ALIKE = 0.6  # likeness of two texts from which one rule became the other


def check(given: Any) -> list[Rule]:
    """The rules as they are stored: known values, each once and in one order. Invalid names every field that is not.

    Fields are called `rules.2.text`, counted from 0.
    """
    if not isinstance(given, list) or len(given) > MOST_RULES:
        raise _wrong({"rules": _("a list of at most %(n)d rules") % {"n": MOST_RULES}})
    faults: dict[str, str] = {}
    rules = [_rule(number, rule, faults) for number, rule in enumerate(given)]
    if faults:
        raise _wrong(faults)
    return rules


def _wrong(fields: dict[str, str]) -> Invalid:
    return Invalid(_("The rules cannot be saved like this. Nothing was recorded."), fields=fields)


def _rule(number: int, rule: Any, faults: dict[str, str]) -> Rule:
    at = f"rules.{number}"
    if not isinstance(rule, Mapping) or set(rule) - {"when", "text", "requires"}:
        faults[at] = _("an object of when, text and requires")
        return {}
    text, when, requires = rule.get("text", ""), rule.get("when", {}), rule.get("requires", [])
    words = " ".join(text.split()) if isinstance(text, str) else ""
    if not words:
        faults[f"{at}.text"] = _("say what the rule asks, in one sentence or two")
    elif len(words) > LONGEST_RULE or "\x00" in words:
        faults[f"{at}.text"] = _("at most %(n)d characters, and no NUL") % {"n": LONGEST_RULE}
    if not isinstance(when, Mapping) or set(when) - CLOSED.keys():
        faults[f"{at}.when"] = one_of(CLOSED)
        when = {}
    return {
        "when": {
            name: chosen
            for name, known in CLOSED.items()
            if (chosen := _among(when.get(name, []), known, f"{at}.{name}", faults))
        },
        "text": words,
        "requires": _among(requires, REQUIRABLE, f"{at}.requires", faults),
    }


def _among(chosen: Any, known: Sequence[str], at: str, faults: dict[str, str]) -> list[str]:
    if not isinstance(chosen, list) or any(value not in known for value in chosen):
        faults[at] = one_of(known)
        return []
    return [value for value in known if value in chosen]


@dataclass(frozen=True)
class Change:
    """One row of the table of changes: `what` is same, moved, changed, added or removed. Places count from 1."""

    what: str
    old: Rule | None = None
    new: Rule | None = None
    old_place: int = 0
    new_place: int = 0
    parts: tuple[str, ...] = ()  # of a changed rule: when, text, requires


def compare(old: Sequence[Rule], new: Sequence[Rule]) -> list[Change]:
    """What became of every rule: in the order of the new ones, then those that are gone."""
    twins = _twins(old, new)
    stayed = _in_order(twins)
    rows = [_change(old, new, twins.get(j), j, stayed) for j in range(len(new))]
    gone = [i for i in range(len(old)) if i not in twins.values()]
    return rows + [Change("removed", old=old[i], old_place=i + 1) for i in gone]


def _change(old: Sequence[Rule], new: Sequence[Rule], i: int | None, j: int, stayed: set[int]) -> Change:
    if i is None:
        return Change("added", new=new[j], new_place=j + 1)
    parts = tuple(name for name in ("when", "text", "requires") if _part(old[i], name) != _part(new[j], name))
    what = "changed" if parts else "same" if j in stayed else "moved"
    return Change(what, old[i], new[j], i + 1, j + 1, parts)


def _part(rule: Rule, name: str) -> Any:
    """The order of values says nothing."""
    value = rule.get(name) or None
    if isinstance(value, Mapping):
        return {key: sorted(values) for key, values in value.items() if values}
    return sorted(value) if isinstance(value, list) else value


def _twins(old: Sequence[Rule], new: Sequence[Rule]) -> dict[int, int]:
    """By place among the new rules the old one it was: the same first, then one part the same, then alike in words."""
    twins: dict[int, int] = {}
    for likely in (
        lambda one, other: all(_part(one, name) == _part(other, name) for name in ("when", "text", "requires")),
        lambda one, other: one.get("text") == other.get("text"),
        lambda one, other: _part(one, "when") is not None and _part(one, "when") == _part(other, "when"),
        lambda one, other: SequenceMatcher(None, one.get("text", ""), other.get("text", "")).ratio() >= ALIKE,
    ):
        for j, i in product(range(len(new)), range(len(old))):
            if j not in twins and i not in twins.values() and likely(old[i], new[j]):
                twins[j] = i
    return twins


def _in_order(twins: Mapping[int, int]) -> set[int]:
    """Places among the new rules that stand in the order they had: the longest rising run (at most 40 rules)."""
    best: dict[int, list[int]] = {}
    for j in sorted(twins):
        before = [run for k, run in best.items() if twins[k] < twins[j]]
        best[j] = [*_longest(before), j]
    return set(_longest(best.values()))


def _longest(runs: Iterable[list[int]]) -> list[int]:
    return max(runs, key=lambda run: len(run), default=[])


@dataclass(frozen=True)
class Spread:
    """How many pairs of a campaign there are, and how many of each kind, by whether its source wrote the attributes."""

    pairs: int = 0
    kinds: dict[tuple[Kind, bool], int] = field(default_factory=dict)

    def touched(self, rule: Rule) -> tuple[int, int]:
        """(pairs that the rule is shown with, those among them that it can stop a judgement of)."""
        if not rule.get("when"):
            return self.pairs, self.pairs if rule.get("requires") else 0
        found = {key: n for key, n in self.kinds.items() if disclosure.applies(rule, _named(key[0]))}
        held = sum(n for (_kind, by_source), n in found.items() if by_source) if rule.get("requires") else 0
        return sum(found.values()), held


def _named(kind: Kind) -> dict[str, str]:
    return dict(zip(CLOSED, kind, strict=True))


def spread(*, campaign: Campaign) -> Spread:
    """Counted in the database, by the attributes that a page would show. Two statements."""
    rows = _attributes(campaign).values(*_KIND, "by_source").annotate(n=Count("pk")).order_by()
    kinds = {((row["category"], row["objective"], row["controversial"]), row["by_source"]): row["n"] for row in rows}
    return Spread(pairs=QueueEntry.objects.filter(campaign=campaign).count(), kinds=kinds)


_KIND = {
    "category": KT("payload__task_category"),
    "objective": KT("payload__objectivity"),
    "controversial": KT("payload__controversiality"),
}
_BY_SOURCE = Case(When(engine=IMPORTED, then=Value(True)), default=Value(False))


def _attributes(campaign: Campaign) -> Any:
    """Per pair the row that counts (best.rank, said in SQL): what the source brought, else the newest."""
    done = Assistance.objects.filter(kind="attributes", state=AssistanceState.DONE)
    better = done.filter(Q(engine=IMPORTED) | Q(pk__gt=OuterRef("pk")), pair_id=OuterRef("pair_id"))
    best = done.filter(Q(engine=IMPORTED) | ~Exists(better.exclude(pk=OuterRef("pk"))), campaign=campaign)
    return best.annotate(**_KIND, by_source=_BY_SOURCE)


def changed_kinds(old: Iterable[Rule], new: Iterable[Rule]) -> set[Kind]:
    """The kinds of pair for which other rules hold: another text, or other evidence."""
    before, after = list(old), list(new)
    return {
        kind
        for kind in product(TASK_CATEGORIES, OBJECTIVITY, CONTROVERSIALITY)
        if _holding(before, kind) != _holding(after, kind)
    }


def _holding(rules: Sequence[Rule], kind: Kind) -> list[tuple[str, list[str]]]:
    applying = (rule for rule in rules if disclosure.applies(rule, _named(kind)))
    return sorted((rule.get("text", ""), sorted(rule.get("requires", []))) for rule in applying)


def judged_under_older(*, campaign: Campaign, protocol: Protocol) -> Iterator[tuple[int, int]]:
    """(pair, version): pairs judged under an older version whose rules for their kind are not those of `protocol`.

    A pair that was judged under several is named with the newest of them. Guideline texts are not compared: what a
    new text means for a pair is for people to say. One statement for the versions, one for the pairs.
    """
    judged = Claim.objects.filter(campaign=campaign, judgement__surplus=False)
    older = Protocol.objects.filter(pk__in=judged.values("protocol_id"), version__lt=protocol.version)
    changed = {row.version: changed_kinds(row.rules, protocol.rules) for row in older.order_by("version")}
    if not any(changed.values()):
        return
    under = judged.filter(pair_id=OuterRef("pair_id")).order_by("-protocol__version").values("protocol__version")[:1]
    rows = _attributes(campaign).annotate(under=under).filter(under__in=changed).order_by("pair_id")
    for pair_id, *kind, version in rows.values_list("pair_id", *_KIND, "under").iterator():
        if tuple(kind) in changed[version]:
            yield pair_id, version
