"""Run inside Django (`manage.py shell`): pairs of two 20 kB responses, and people with sessions, as JSON."""

import json

from django.utils import timezone

from annotate.domain import campaigns
from annotate.models import User
from bench.texts import response
from tests.browser.furnished import session
from tests.cast import ATTRIBUTES, make_assistance, make_pair


def make(pairs: int) -> None:
    """Judgements are verdicts here, so that one key leads from pair to pair. The guide was read."""
    campaign = campaigns.create_campaign(slug="page", reveal="never", overlap=2)
    for number in range(4 * pairs + 8):
        texts = {
            f"response_{name}": [{"role": "assistant", "content": response(number, at)}] for at, name in enumerate("ab")
        }
        pair = make_pair(campaign, number, **texts)
        make_assistance(pair, "attributes", ATTRIBUTES)
        make_assistance(pair, "differences", {"differences": [{"what": "number", "a": "12", "b": "13"}]})
    found = {}
    for name in ("reader", "judge"):
        user = User.objects.create(username=f"bench-{name}", guided=timezone.now())
        campaigns.join(campaign=campaign, user=user, role="annotator")
        found[name] = session(user)
    print(json.dumps(found))
