"""Run inside Django (`manage.py shell`): what a pair costs the drain loop (lease, load, record) beside the model."""

import json
import time

from django.conf import settings

from annotate.domain import progress, wanting
from annotate.domain.campaigns import get_or_create_campaign
from annotate.models import Assistance
from workers.draining import drain


def measure(slug: str) -> None:
    """Milliseconds a pair, by kind, with an engine that answers at once."""
    campaign = get_or_create_campaign(slug=slug)
    Assistance.objects.filter(campaign=campaign, kind="attributes").exclude(state="done").delete()  # embed waits for it
    found = {}
    for kind in ("reward", "embed"):
        settings.ASSISTANCE_MODELS[kind] = "fake:"
        Assistance.objects.filter(campaign=campaign, kind=kind).exclude(state="done").delete()
        wanting.want(campaign=campaign, kind=kind)
        pairs = progress.to_do(kind=kind, campaign=campaign)
        began = time.perf_counter()
        while drain(kind=kind, campaign=campaign).done:
            pass
        found[kind] = round(1000 * (time.perf_counter() - began) / max(1, pairs), 3)
    print(json.dumps(found))
