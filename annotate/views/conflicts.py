"""The page of a commit that came after the facts had moved on: what is recorded beside what was sent, every field."""

from typing import Any

from django.forms import Field
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from annotate.domain import disclosure, leases, tools
from annotate.domain.errors import Conflict
from annotate.forms.opinions import OpinionForm
from annotate.models import Claim, Judgement, Verdict
from annotate.reading.corrected import marks_in_words
from annotate.reading.scale import preference_of
from annotate.views.receipts import not_taken
from annotate.views.requests import SignedIn, wants_json

UNSAID = ("idempotency_key",)


def conflict(request: SignedIn, claim_id: int, form: OpinionForm, error: Conflict) -> HttpResponse:
    if wants_json(request):
        return not_taken(error, status=409)
    claim = leases.own_claim(claim_id=claim_id, user_id=request.user.pk)
    page = disclosure.show_claim(claim)
    recorded = _recorded(claim, form.stage)
    shown = {
        "page": page,
        "campaign": page["campaign"],
        "error": error,
        "sent_stage": form.stage,
        "recorded": recorded is not None,
        "rows": _rows(form, claim, recorded),
    }
    return render(request, "claim_conflict.html", shown, status=409)


def _recorded(claim: Claim, stage: str) -> Judgement | Verdict | None:
    judgement: Judgement | None = getattr(claim, "judgement", None)
    if stage == "judgement":
        return judgement
    verdict: Verdict | None = getattr(judgement, "verdict", None)
    return verdict


def _rows(form: OpinionForm, claim: Claim, recorded: Judgement | Verdict | None) -> list[dict[str, Any]]:
    """A row a field: its label, and both values in words."""
    stands = _values(claim, recorded) if recorded else {}
    rows = [
        {
            "name": name,
            "label": field.label,
            "recorded": _in_words(field, stands.get(name)),
            "sent": _in_words(field, form[name].value()),
        }
        for name, field in form.fields.items()
        if name not in UNSAID
    ]
    beside = (_checks(form, claim, recorded), _evidence(form, claim, recorded))
    return [*rows, *(row for row in beside if row["recorded"] or row["sent"])]


def _values(claim: Claim, opinion: Judgement | Verdict) -> dict[str, Any]:
    """What is recorded, under the names of the form's fields."""
    shown = disclosure.show_opinion(claim, opinion) or {}
    preference = preference_of(shown["choice"], shown["strength"])
    return {**shown, "preference": preference, "attested": getattr(opinion, "attested", None)}


def _in_words(field: Field, value: Any) -> str:
    if value in (None, ""):
        return ""
    if choices := getattr(field, "choices", None):
        names = {str(key): str(name) for key, name in choices}
        return names.get(str(value), str(value))
    if value in (True, "on"):
        return _("yes")
    return _("no") if value is False else str(value)


def _checks(form: OpinionForm, claim: Claim, recorded: Judgement | Verdict | None) -> dict[str, Any]:
    kept = disclosure.show_judgement(claim, recorded) if isinstance(recorded, Judgement) else None
    return {
        "name": "checks",
        "label": _("Wanted in a good answer"),
        "recorded": "\n".join(map(marks_in_words, kept["checks"] if kept else ())),
        "sent": "\n".join(map(marks_in_words, form.checks())),
    }


def _evidence(form: OpinionForm, claim: Claim, recorded: Judgement | Verdict | None) -> dict[str, Any]:
    names = {run["id"]: run["name"] for runs in tools.seen(claim) for run in runs}
    cited = [names[run] for run in recorded.evidence if run in names] if recorded else []
    return {
        "name": "evidence",
        "label": _("Evidence"),
        "recorded": ", ".join(cited),
        "sent": ", ".join(name for name in names.values() if name in form.cited()),
    }
