"""The manager's forms about learning: the rules of a qualification, and another known answer."""

from django import forms
from django.utils.translation import gettext_lazy as _

from annotate.domain.known import LONGEST
from annotate.models.protocol import Choice


class RulesForm(forms.Form):
    pairs = forms.IntegerField(
        label=_("Pairs an attempt"),
        min_value=0,
        max_value=100,
        help_text=_("Drawn by lot from the qualification pairs. 0: no qualification is asked."),
    )
    percent = forms.IntegerField(
        label=_("Pass mark, in percent"),
        min_value=1,
        max_value=100,
        help_text=_("So many of them must be answered as is known."),
    )
    attempts = forms.IntegerField(
        label=_("Attempts"), min_value=1, max_value=20, help_text=_("You can allow somebody one more, any time.")
    )
    keep_present = forms.BooleanField(
        label=_("Who has finished a pair here already stays qualified"), required=False, initial=True
    )


class ReplaceForm(forms.Form):
    choice = forms.ChoiceField(
        label=_("The right answer"),
        choices=[
            (Choice.A, _("Response A is better")),
            (Choice.B, _("Response B is better")),
            (Choice.EQUAL, _("equal")),
            (Choice.UNDECIDABLE, _("cannot tell")),
            (Choice.BROKEN, _("broken pair")),
        ],
        widget=forms.RadioSelect,
    )
    explanation = forms.CharField(
        label=_("Why it is right"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 4})
    )
