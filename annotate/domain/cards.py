"""Model cards: who answered, by which model, prompt and settings, and what it may see of a pair."""

from typing import Any

from django.conf import settings

from annotate.domain import backends
from annotate.domain.backends import base
from annotate.models import Assistance, ModelCard
from annotate.models.assistance import IMPORTED, AssistanceState

Shown = dict[str, Any]

# What an engine of a kind is shown (docs/engines.md). None sees labels, scores, or what people said of the same pair.
SEES: dict[str, tuple[str, ...]] = {
    "attributes": ("conversation",),
    "differences": ("both responses",),
    "embed": ("conversation", "attributes"),
    "reward": ("conversation", "one response at a time"),
    "judge": ("guideline", "conversation", "attributes", "both responses in a drawn order", "examples from gold"),
    "preverify": ("conversation", "attributes", "one response at a time"),
}

NO_MODEL = "none"  # what engines without one record
OF_A_ROW = ("engine", "examples")
TAKEN = ("tokens_read", "tokens_written", "tokens_padded", "milliseconds", "first", "clear")


def cards(totals: list[Shown]) -> list[Shown]:
    """One card an engine, model, revision and prompt version that answered (`progress.totals`), and one for each
    wanted line of the settings that has not answered yet. Two statements.

    `settings`: how the model was run, of one of the newest answers. `current`: its line still names this model.
    `first` of `clear` verdicts of a judge went to the candidate that stood first.
    """
    found: dict[tuple[str, ...], Shown] = {}
    for row in totals:
        if row["state"] != AssistanceState.DONE or not row["rows"] or row["engine"] == IMPORTED:
            continue
        key = (row["kind"], base(row["engine"]), row["model"], row["revision"], row["prompt_version"])
        card = found.setdefault(key, _card(*key))
        card["answers"] += row["rows"]
        for name in TAKEN:
            card[name] += row[name]
        card["sample"] = max(card["sample"], row["sample"] or 0)
        card["at"] = max(filter(None, (card["at"], row["at"])), default=None)
    _add_unheard(found)
    _add_settings(found)
    _add_about(found)
    kinds = {kind: place for place, kind in enumerate(settings.ASSISTANCE_MODELS)}
    order = [(kinds.get(one["kind"], len(kinds)), one["engine"], -one["answers"], key) for key, one in found.items()]
    return [found[key] for *_, key in sorted(order)]


def _card(kind: str, engine: str, model: str, revision: str, prompt_version: str) -> Shown:
    lines = backends.of_kind(kind) if kind in settings.ASSISTANCE_MODELS else {}
    line = lines.get(engine)
    return {
        "kind": kind,
        "engine": engine,
        "model": model,
        "revision": revision,
        "prompt_version": prompt_version,
        "current": line is not None and (line.model or NO_MODEL) == model,
        "sees": list(SEES.get(kind, ())),
        "settings": {},
        "about": {},
        "answers": 0,
        **dict.fromkeys((*TAKEN, "sample"), 0),
        "at": None,
    }


def _add_unheard(found: dict[tuple[str, ...], Shown]) -> None:
    heard = {key[:3] for key in found}
    for kind in settings.ASSISTANCE_KINDS:
        for line in backends.of_kind(kind).values() if kind in settings.ASSISTANCE_MODELS else ():
            model = line.model or NO_MODEL
            if (kind, line.name, model) not in heard:
                card = found[kind, line.name, model, "", ""] = _card(kind, line.name, model, "", "")
                card["settings"] = {name: value for name, value in line.options.items() if name != "key"}


def _add_settings(found: dict[tuple[str, ...], Shown]) -> None:
    samples = [card["sample"] for card in found.values() if card["sample"]]
    known = dict(Assistance.objects.filter(pk__in=samples).values_list("pk", "settings"))
    for card in found.values():
        sample = card.pop("sample")
        given = known.get(sample) or card["settings"]
        # The examples that a judge was shown are a fact of its row, not of the engine.
        card["settings"] = {name: value for name, value in given.items() if name not in OF_A_ROW and value is not None}


def _add_about(found: dict[tuple[str, ...], Shown]) -> None:
    kept = ModelCard.objects.filter(model__in={card["model"] for card in found.values() if card["answers"]})
    known = {(model, revision): about for model, revision, about in kept.values_list("model", "revision", "about")}
    for card in found.values():
        card["about"] = known.get((card["model"], card["revision"]), {})


def keep(*, model: str, revision: str, about: Shown) -> None:
    """What a model's files say of it, from the worker that has them. Again is harmless."""
    if about:
        ModelCard.objects.update_or_create(model=model[:300], revision=revision[:100], defaults={"about": about})
