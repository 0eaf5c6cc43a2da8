from django import forms
from django.utils.translation import gettext_lazy as _

from annotate.domain.tokens import DAYS, SCOPES


class TokenForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("What it is for, such as the nightly export."))
    scopes = forms.MultipleChoiceField(
        label=_("May"), choices=[(scope, scope) for scope in SCOPES], widget=forms.CheckboxSelectMultiple
    )
    days = forms.IntegerField(label=_("Days until it ends"), min_value=1, max_value=365, initial=DAYS)
