"""The manager's forms: a new campaign, its settings, an import, an invitation, a release."""

from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from annotate.models.campaign import Purpose, RevealPolicy, Role

LARGEST_UPLOAD = 20 * 1024 * 1024


class SettingsForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200)
    overlap = forms.IntegerField(
        label=_("People a pair"),
        min_value=1,
        max_value=9,
        initial=2,
        help_text=_("Independent judgements of every pair. One more is asked where they differ."),
    )
    reveal = forms.ChoiceField(
        label=_("Show what was kept back"), choices=RevealPolicy.choices, initial=RevealPolicy.ALWAYS
    )
    lease_minutes = forms.IntegerField(
        label=_("Minutes a pair is held"),
        min_value=1,
        max_value=480,
        initial=30,
        help_text=_("An open page renews it. After that the pair goes to somebody else."),
    )


class NewCampaignForm(SettingsForm):
    slug = forms.SlugField(
        label=_("Short name"),
        max_length=80,
        required=False,
        help_text=_("In addresses and commands: small letters, digits and dashes. Empty: made from the name."),
    )
    field_order = ("name", "slug")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        slug = cleaned.get("slug") or slugify(cleaned.get("name", ""))[:80]
        if not slug and "slug" not in self.errors:
            self.add_error("slug", _("Give a short name: none can be made from this name."))
        return cleaned | {"slug": slug}


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("File"), help_text=_("JSON Lines, JSON, CSV, TSV or Parquet, also gzip or zstd; at most 20 MB.")
    )
    mapping = forms.CharField(
        label=_("Columns"),
        required=False,
        widget=forms.Textarea(
            attrs={
                "rows": 4,
                "spellcheck": "false",
                "placeholder": "prompt={instruction}\\n\\n{input}\nlabel=preference",
            }
        ),
        help_text=_("One field=column a line, or a template of columns. Empty: the file has the usual fields."),
    )
    select = forms.IntegerField(
        label=_("Pairs a row"),
        required=False,
        min_value=1,
        help_text=_("For rows with more than two responses. Empty: every pair."),
    )
    purpose = forms.ChoiceField(
        label=_("What for"),
        choices=Purpose.choices,
        initial=Purpose.WORK,
        required=False,
        help_text=_("To practise or qualify on, a row needs known_answer and explanation."),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST_UPLOAD:
            raise forms.ValidationError(_("This file is over 20 MB. Use the import_pairs command or the API for it."))
        return file

    def clean_purpose(self) -> str:
        return self.cleaned_data["purpose"] or Purpose.WORK

    def clean_mapping(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["mapping"].splitlines() if line.strip()]


class InviteForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.ANNOTATOR)
    note = forms.CharField(
        label=_("For whom"), max_length=200, required=False, help_text=_("Only managers see this note.")
    )


class ReleaseForm(forms.Form):
    version = forms.RegexField(
        label=_("Version"),
        regex=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$",
        help_text=_("Such as 1.0. A version is frozen once and never changes."),
        error_messages={"invalid": _("Letters, digits, dots and dashes, at most 40.")},
    )
