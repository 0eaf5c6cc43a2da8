"""What responses call themselves, through pages and API: hidden until the verdict, stored as it came, shown after."""

from typing import Any

import pytest

from annotate.domain import adjudication
from annotate.models import Claim, Pair
from tests.annotate.views.browsing import send, signed_in, start
from tests.api.calls import JUDGEMENT, Api
from tests.cast import Cast, make_assistance, make_cast, make_pair
from tests.gold import make_gold

pytestmark = pytest.mark.django_db
SELF = "As an AI developed by OpenAI, I say 4."
OTHER = "I'm Claude, made by Anthropic. OpenAI is a company."
TEXTS = {
    "response_a": [{"role": "assistant", "content": SELF}],
    "response_b": [{"role": "assistant", "content": OTHER}],
}


def make_named_pair(cast: Cast) -> Pair:
    pair = make_pair(cast.campaign, **TEXTS)
    entries = [{"a": "…developed by OpenAI, I say 4.", "b": "OpenAI is a company.", "what": "wording"}]
    make_assistance(pair, "differences", {"differences": entries})
    return pair


def shown(claim: dict[str, Any]) -> set[str]:
    return {claim["pair"][side][0]["content"] for side in ("left", "right")}


def test_the_api_hides_names_until_the_verdict() -> None:
    cast = make_cast()
    pair = make_named_pair(cast)
    api = Api(cast.ana)
    first = api.post("campaigns/bench/claims").json()
    masked = {"As an AI developed by (name hidden), I say 4."}
    masked |= {"I'm (name hidden), made by (name hidden). OpenAI is a company."}
    entry = first["pair"]["differences"][0]
    assert {entry["left"], entry["right"]} == {"…developed by (name hidden), I say 4.", "OpenAI is a company."}
    assert (shown(first), first["pair"]["masked"], first["pair"]["own_names"]) == (masked, True, None)
    api.post(f"claims/{first['id']}/judgement", JUDGEMENT)
    assert shown(api.get(f"claims/{first['id']}").json()) == masked
    api.post(f"claims/{first['id']}/verdict", JUDGEMENT)
    done = api.get(f"claims/{first['id']}").json()
    left = Claim.objects.get(pk=first["id"]).left
    assert (shown(done), done["pair"]["masked"]) == ({SELF, OTHER}, False)
    assert done["pair"]["own_names"]["left" if left == "a" else "right"] == ["OpenAI"]
    pair.refresh_from_db()
    assert pair.response_a[0]["content"] == SELF


def test_pages_hide_names_until_the_verdict() -> None:
    cast = make_cast()
    make_named_pair(cast)
    client = signed_in(cast.ana)
    page = start(client)
    judged = send(client, page, "judgement", preference="equal", confidence="2", reason="Same.")
    for answer in (page, judged):
        assert b"Claude" not in answer.content
        assert b"Names that a response gives itself are hidden" in answer.content
    send(client, judged, "verdict", attested="on")
    over = client.get(f"/claims/{page.context['page']['id']}/").content
    assert b"Claude, Anthropic" in over


def test_a_reviewer_reads_masked_texts_too() -> None:
    cast = make_cast(third=False)
    pair = make_gold(cast, 1, "a", "b", **TEXTS)
    case = adjudication.open_case(campaign=cast.campaign, pair_id=pair.pk, user=cast.rita)
    assert "Claude" not in str(shown(case))
