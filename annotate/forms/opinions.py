"""The forms of the protocol: judgement, verdict, settling a dispute."""

import re
from typing import Any, ClassVar
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from annotate.domain.protocol import Said
from annotate.models.gold import Cause
from annotate.reading.scale import CONFIDENCES, STEPS, WAYS_OUT, parse_preference

PREFERENCES = [(step.value, step.full) for step in (*STEPS, *WAYS_OUT)]
CITED = re.compile(r"\b[EP][1-9]\d?\b")
MARK = re.compile(r"met-(left|right)-\d{1,2}")
SURE = [(step.value, step.full) for step in CONFIDENCES]


def new_key() -> str:
    return uuid4().hex


class ScaleForm(forms.Form):
    """The seven-step scale and its two ways out, as one choice."""

    preference = forms.ChoiceField(label=_("Which response is better?"), choices=PREFERENCES, widget=forms.RadioSelect)

    def chosen(self) -> tuple[str, int | None]:
        """(choice, strength) in shown terms."""
        return parse_preference(self.cleaned_data["preference"])


class OpinionForm(ScaleForm):
    stage: ClassVar[str]  # of the claim that it is for
    confidence = forms.TypedChoiceField(
        label=_("How sure are you?"), choices=SURE, coerce=int, widget=forms.RadioSelect
    )
    idempotency_key = forms.CharField(widget=forms.HiddenInput, initial=new_key, max_length=64, required=False)

    def cited(self) -> set[str]:
        """The evidence that the reason names, as in "see E2"; P1 is what ran ahead of time."""
        return set(CITED.findall(self["reason"].value() or ""))

    def said(self, evidence: list[int]) -> Said:
        choice, strength = self.chosen()
        return Said(
            choice=choice,
            strength=strength,
            confidence=self.cleaned_data["confidence"],
            reason=self.cleaned_data["reason"],
            evidence=evidence,
            attested=self.cleaned_data.get("attested"),
            checks=self.checks(),
        )

    def checks(self) -> list[dict[str, Any]]:
        """What was marked of the wanted qualities: `met-left-1` says "yes" or "no" and then the quality's own words."""
        marks: dict[str, dict[str, Any]] = {}
        for name in self.data:
            if found := MARK.fullmatch(name):
                word, _blank, item = self.data[name].partition(" ")
                marks.setdefault(item, {"item": item})[found[1]] = {"yes": True, "no": False}.get(word, word)
        return list(marks.values())


class JudgementForm(OpinionForm):
    stage = "judgement"
    reason = forms.CharField(label=_("Why?"), widget=forms.Textarea(attrs={"rows": 3}), max_length=20_000)


class VerdictForm(OpinionForm):
    """Starts at what was judged; the reason is only needed where the mind changed."""

    stage = "verdict"
    reason = forms.CharField(
        label=_("Why, if you changed your mind?"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=20_000,
    )
    attested = forms.BooleanField(
        label=_("I did not rely on a language model alone"), required=False, widget=forms.HiddenInput, initial="on"
    )


class SettleForm(ScaleForm):
    cause = forms.ChoiceField(label=_("What made them differ?"), choices=Cause.choices, widget=forms.RadioSelect)
    reason = forms.CharField(label=_("What settles it?"), widget=forms.Textarea(attrs={"rows": 4}), max_length=20_000)
