"""Which slice of a campaign's assistance is to be computed anew."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from annotate.domain.backends import base, names
from annotate.models.assistance import AssistanceState
from annotate.reading.names import name_of


class AnewForm(forms.Form):
    """The choices are what answered in this campaign, and whose line the settings still name."""

    kind = forms.ChoiceField(label=_("Kind"))
    engine = forms.ChoiceField(label=_("Engine"), required=False)
    model = forms.ChoiceField(label=_("Answered by the model"), required=False)
    prompt_version = forms.ChoiceField(label=_("With the prompt"), required=False)

    def __init__(self, *args: Any, totals: list[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        done = [row for row in totals if row["state"] == AssistanceState.DONE and row["rows"]]
        done = [row for row in done if row["kind"] in settings.ASSISTANCE_MODELS]
        done = [row for row in done if base(row["engine"]) in names(row["kind"])]
        self._offer("kind", [(kind, name_of(kind)) for kind in dict.fromkeys(row["kind"] for row in done)])
        every = ("", _("any"))
        self._offer("engine", [every, *_each(base(row["engine"]) for row in done)])
        self._offer("model", [every, *_each(row["model"] for row in done)])
        self._offer("prompt_version", [every, *_each(row["prompt_version"] for row in done)])

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


def _each(values: Any) -> list[tuple[str, str]]:
    return [(value, value) for value in sorted(set(filter(None, values)))]
