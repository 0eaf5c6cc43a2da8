"""What stands in the bar on every page of a campaign: its name and where this role may go."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from annotate.domain.access import MAY
from annotate.models import Campaign


def campaign_page(campaign: Campaign, role: str, current: str) -> dict[str, Any]:
    """`campaign`, `role` and `nav` of a page; `current` is the URL name of the entry to mark."""
    pages = [
        ("campaign", _("Overview"), "manage"),
        ("engines", _("Assistance"), "manage"),
        ("disputes", _("Adjudication"), "review"),
        ("quality", _("Quality"), "review"),
        ("people", _("People"), "manage"),
        ("import", _("Import"), "manage"),
        ("learning", _("Learning"), "manage"),
        ("documents", _("Documents"), "manage"),
        ("releases", _("Releases"), "manage"),
        ("settings", _("Settings"), "manage"),
        ("protocol", _("Protocol"), None),
    ]
    return {
        "campaign": {"slug": campaign.slug, "name": campaign.name},
        "role": role,
        "nav": [
            {"url": reverse(name, args=[campaign.slug]), "label": label, "current": name == current}
            for name, label, act in pages
            if act is None or act in MAY[role]
        ],
    }
