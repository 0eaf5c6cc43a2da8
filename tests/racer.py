"""One annotator as a process of its own: `python -m tests.racer SLUG NAME [hold | ahead]`.

Works until the queue is empty, then prints how many verdicts it gave. With `hold` it claims one pair, says so, and
hangs with the claim in its hands, to be killed. With `ahead` it reserves the pair after each, as pages do.
"""

import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from annotate.domain import access, leases, protocol  # noqa: E402
from annotate.models import Claim, User  # noqa: E402


def favour(claim: Claim) -> protocol.Said:
    """Everybody prefers response a, wherever it stands, so that two verdicts settle a pair."""
    return protocol.Said(
        choice="left" if claim.left == "a" else "right", strength=2, confidence=2, reason="It is right."
    )


def work(slug: str, user: User, *, ahead: bool = False) -> int:
    campaign, _ = access.require(user_id=user.pk, slug=slug, act="annotate")
    given = 0
    while (claim := leases.claim_next(campaign=campaign, user=user)[0]) is not None:
        if ahead:
            leases.reserve_ahead(claim=claim, user=user)
        protocol.judge(claim_id=claim.pk, user=user, said=favour(claim))
        protocol.decide(claim_id=claim.pk, user=user, said=favour(claim))
        given += 1
    return given


def hold(slug: str, user: User) -> None:
    campaign, _ = access.require(user_id=user.pk, slug=slug, act="annotate")
    claim, _ = leases.claim_next(campaign=campaign, user=user)
    assert claim is not None
    print(claim.pk, flush=True)
    time.sleep(600)


if __name__ == "__main__":
    slug, name, *mode = sys.argv[1:]
    person = User.objects.get(username=name)
    if mode == ["hold"]:
        hold(slug, person)
    else:
        print(work(slug, person, ahead=mode == ["ahead"]))
