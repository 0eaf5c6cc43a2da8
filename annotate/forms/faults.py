"""What the domain refused, said at the fields of the form."""

from django import forms

from annotate.domain.errors import Invalid

AT_FIELD = {"choice": "preference", "strength": "preference"}  # one control on the page asks for both


def show_faults(form: forms.Form, error: Invalid) -> None:
    """Put the error's fields on a bound form, and its message above them."""
    form.add_error(None, error.message)
    for name, text in error.fields.items():
        field = AT_FIELD.get(name, name)
        form.add_error(field if field in form.fields else None, text)
