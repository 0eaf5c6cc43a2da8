"""The workbench as a view would render it, without a database: plain contexts, small forms."""

from copy import deepcopy
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.test import RequestFactory

PREFERENCES = ["left-3", "left-2", "left-1", "equal", "right-1", "right-2", "right-3", "undecidable", "broken"]
BAIT = (
    *("0.0731", "gpt-bait", "llama-bait", "source-bait"),
    *("judge-bait", "reason-bait", "checker-bait", "verified-bait"),
)


class Ana:
    is_authenticated = True
    pk = 7

    def get_username(self) -> str:
        return "Ana"


class JudgementForm(forms.Form):
    preference = forms.ChoiceField(choices=[(value, value) for value in PREFERENCES])
    confidence = forms.ChoiceField(choices=[("1", "1"), ("2", "2"), ("3", "3")])
    reason = forms.CharField(error_messages={"required": "Say why, in a sentence."})
    idempotency_key = forms.CharField(required=False)


class VerdictForm(JudgementForm):
    reason = forms.CharField(required=False)
    attested = forms.BooleanField()


JUDGEMENT = {
    "choice": "right", "strength": 3, "confidence": 2, "reason": "Left forgets Jane.",
    "checks": [{"item": "it counts Jane", "left": False, "right": True}], "waived": [], "lifted": [],
}  # fmt: skip
REVEALED = {
    "reward": {"left": 1.5, "right": 3.25, "margin": -1.75, "p_left": 0.0731},
    "judge": {
        "favours": "right",
        "share": 1.0,
        "models": [
            {
                "model": "judge-bait",
                "choice": "right",
                "votes": {"left": 1, "right": 2, "equal": 0},
                "reason": "reason-bait: the left response forgets Jane.",
            }
        ],
    },
    "preverify": {
        "left": {"verdict": "incorrect", "reason": "verified-bait: Jane counts herself."},
        "right": {"verdict": "correct", "reason": ""},
        "favours": "right",
        "model": "checker-bait",
    },
    "source_label": "left",
    "source": "source-bait",
    "models": {"left": "gpt-bait", "right": "llama-bait"},
    "conflict": True,
}
PAGE: dict[str, Any] = {
    "id": 9,
    "stage": "judgement",
    "held_seconds": 1475,
    "pair": {
        "id": 4,
        "conversation": [{"role": "user", "content": "How many apples does each person get?"}],
        "left": [{"role": "assistant", "content": "Four **apples**.\n\n```python\nprint(9 / 2)\n```"}],
        "right": [{"role": "assistant", "content": "Three apples, as $9 / 3 = 3$."}],
        "attributes": {
            "task_category": "math",
            "objectivity": "objective",
            "controversiality": "low",
            "desired_attributes": "A right total; it counts Jane",
            "annotation_guideline": "Jane counts herself",
            "written_by": "model",
        },
        "corrected": {},
        "wanted": ["A right total", "it counts Jane"],
        "differences": [{"what": "The divisor", "left": "2", "right": "3"}],
        "missing": [],
    },
    "protocol": {"name": "default", "version": 1, "rules": ["a maths claim needs a check"]},
    "judgement": None,
    "revealed": None,
}


def page(**changes: Any) -> dict[str, Any]:
    return deepcopy(PAGE) | changes


def verdict_page(**changes: Any) -> dict[str, Any]:
    return page(stage="verdict", judgement=JUDGEMENT, revealed=REVEALED) | changes


def render(page: dict[str, Any], form: forms.Form, *, query: str = "") -> str:
    request = RequestFactory().get(f"/{query}")
    request.user = Ana()  # type: ignore[assignment]
    form.fields["idempotency_key"].initial = f"key-{page['id']}-{page['stage']}"
    context = {
        "campaign": {"slug": "llmbar", "name": "LLMBar gold"},
        "progress": {"done": 340, "today": 12},
        "page": page,
        "form": form,
        "urls": {name: f"/claims/{page['id']}/{name}" for name in ("abandon", "renew", "ahead", "correct")}
        | {"submit": f"/claims/{page['id']}/{page['stage']}"},
        "ends": page["stage"] == "verdict",
        "stamp": f"stamp-{page['id']}",
    }
    return render_to_string("workbench.html", context, request=request)
