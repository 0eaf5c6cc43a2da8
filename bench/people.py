"""Run inside Django (`manage.py shell`): campaigns and people with tokens, printed as JSON."""

import json

from annotate.domain import campaigns, tokens
from annotate.models import User


def make(slugs: list[str], annotators: int) -> None:
    """Campaigns of two seats a pair; `annotators` people and a manager with every scope, all in every campaign."""
    made = [campaigns.create_campaign(slug=slug) for slug in slugs]
    found = {
        "campaigns": {one.slug: one.pk for one in made},
        "annotators": [_person(f"bench-{n}", "annotator", made) for n in range(annotators)],
        "manager": _person("bench-manager", "manager", made),
    }
    print(json.dumps(found))


def _person(name: str, role: str, found: list[campaigns.Campaign]) -> dict[str, object]:
    user = User.objects.create(username=name)
    for one in found:
        campaigns.join(campaign=one, user=user, role=role)
    scopes = ["annotate"] if role == "annotator" else tokens.SCOPES
    return {"id": user.pk, "token": tokens.issue(user=user, scopes=scopes)}
