"""The upload of documents to search in: one file or several."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

LARGEST = 20 * 1024 * 1024
MOST_FILES = 50


class Several(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """A list of files."""

    widget = Several

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(file, initial) for file in given or [None]]


class DocumentsForm(forms.Form):
    documents = FilesField(
        label=_("Files"),
        help_text=_(
            "Plain text, Markdown, HTML, or rows with a text each (JSON Lines, CSV, Parquet); at most 20 MB in all."
        ),
    )

    def clean_documents(self) -> list[Any]:
        files: list[Any] = self.cleaned_data["documents"]
        if len(files) > MOST_FILES:
            raise forms.ValidationError(_("At most %(n)d files at once.") % {"n": MOST_FILES})
        if sum(file.size or 0 for file in files) > LARGEST:
            raise forms.ValidationError(_("These files are over 20 MB in all. Upload them in parts."))
        return files
