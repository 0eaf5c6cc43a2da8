"""What can go wrong in the protocol. No HTTP here: pages and the API each map this tree once.

DomainError
├── Invalid            what was sent is not acceptable; `fields` says where
├── Refused            this person may not do this
│   └── Unqualified    not before they have qualified
├── Missing            there is no such thing, or not for this person
└── Conflict           the facts have moved on
    ├── AlreadyDone    this step was taken before (with another content)
    ├── OutOfOrder     a step before this one is missing
    ├── Overtaken      somebody else wrote first; `newer` is what they wrote
    └── Gone           the seat was given away

Messages are in the language of whoever asked: marked where they are raised (`gettext`), the API speaks the server's.
"""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _


class DomainError(Exception):
    """`message` is for the person who did it; `kept` says what was not lost."""

    def __init__(self, message: str, *, kept: str = "", fields: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.kept = kept
        self.fields = fields or {}


class Invalid(DomainError):
    pass


class Refused(DomainError):
    pass


class Unqualified(Refused):
    """`slug` names the campaign whose qualification is to be passed."""

    def __init__(self, message: str, *, slug: str) -> None:
        super().__init__(message)
        self.slug = slug


class Missing(DomainError):
    pass


class Conflict(DomainError):
    pass


class AlreadyDone(Conflict):
    pass


class OutOfOrder(Conflict):
    pass


class Overtaken(Conflict):
    def __init__(self, message: str, *, kept: str, newer: Any) -> None:
        super().__init__(message, kept=kept)
        self.newer = newer


class Gone(Conflict):
    pass


def one_of(values: Iterable[str]) -> str:
    """What a field may be, in the words of the wire."""
    return _("one of %(values)s") % {"values": ", ".join(values)}
