"""External workers: what they get, what they may return, and what their scope opens: nothing else."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotate.domain import backends, spending, tokens
from annotate.models import Assistance, AuditEvent, Spend
from tests.api.calls import Api, every_byte
from tests.bait import found_in, make_baited_pair, somebody_else_was_here
from tests.cast import ATTRIBUTES, Cast, make_assistance, make_cast, make_pair
from workers.engines.fake import BLOBS, PAYLOADS

pytestmark = pytest.mark.django_db
LEASES = "campaigns/bench/assistance/leases"
BY = {"engine": "reward", "model": "big/model", "revision": "abc", "prompt_version": "1", "settings": {"dtype": "bf16"}}
NOBODYS = "0" * 32


def ready(kind: str = "reward", rows: int = 3, **pair: Any) -> tuple[Cast, Api, list[Assistance]]:
    """A campaign whose pairs want a kind, and mira's external worker."""
    cast = make_cast()
    wanted = [make_assistance(make_pair(cast.campaign, number, **pair), kind) for number in range(rows)]
    return cast, Api(cast.mira, "assist"), wanted


def leased(api: Api, kind: str = "reward", **more: Any) -> dict[str, Any]:
    answer = api.post(LEASES, {"kind": kind, **more})
    assert answer.status_code == 201, answer.body
    found: dict[str, Any] = answer.json()
    return found


def result(row: dict[str, Any] | int, kind: str = "reward", **more: Any) -> dict[str, Any]:
    blob = BLOBS.get(kind)
    said = {"payload": PAYLOADS[kind]} | ({"blob": base64.b64encode(blob).decode()} if blob else {})
    return {"id": row if isinstance(row, int) else row["id"], **said, "read": 10, "milliseconds": 5, **more}


def returned(api: Api, lease: str, *results: Any) -> dict[str, Any]:
    answer = api.post(f"{LEASES}/{lease}/results", {"by": BY, "results": list(results)})
    assert answer.status_code == 200, answer.body
    found: dict[str, Any] = answer.json()
    return found


def states() -> dict[int, str]:
    return dict(Assistance.objects.values_list("pk", "state"))


def run_out() -> None:
    Assistance.objects.update(due=timezone.now() - timedelta(seconds=1))


@pytest.mark.parametrize("kind", sorted(PAYLOADS))
def test_every_kind_is_leased_returned_and_recorded_with_who_made_it(kind: str) -> None:
    cast, api, (row,) = ready(kind, 1)
    lease = leased(api, kind)
    assert returned(api, lease["lease"], result(row.pk, kind)) == {
        "recorded": [row.pk], "failed": [], "rejected": [], "lost": []
    }  # fmt: skip
    row.refresh_from_db()
    assert (row.state, row.payload, row.model, row.revision) == ("done", PAYLOADS[kind], "big/model", "abc")
    assert (row.settings, row.tokens_read, row.milliseconds) == ({"engine": "reward", "dtype": "bf16"}, 10, 5)
    assert (None if row.blob is None else bytes(row.blob)) == BLOBS.get(kind)
    event = AuditEvent.objects.get(verb="assistance.recorded")
    assert (event.actor, event.pair_id) == (cast.mira, row.pair_id)
    assert api.post(LEASES, {"kind": kind}).status_code == 204
    assert api.get("campaigns/bench/assistance").json() == {"kinds": {kind: {"done": 1}}}


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("attributes", {"conversation"}),
        ("embed", {"conversation", "attributes"}),
        ("differences", {"response_a", "response_b"}),
        ("reward", {"conversation", "response_a", "response_b"}),
        ("judge", {"conversation", "response_a", "response_b", "attributes", "guideline", "examples"}),
        ("preverify", {"conversation", "response_a", "response_b", "attributes"}),
    ],
)
def test_a_row_carries_what_its_kind_reads_and_nothing_that_leaks(kind: str, fields: set[str]) -> None:
    cast = make_cast()
    pair = make_baited_pair(cast)
    make_baited_pair(cast, 2)
    somebody_else_was_here(cast)
    make_assistance(pair, kind, engine="default.2")
    answer = Api(cast.mira, "assist").post(LEASES, {"kind": kind})
    (row,) = answer.json()["rows"]
    assert set(row) == {"id", *fields}
    if "attributes" in fields:
        assert row["attributes"] == ATTRIBUTES
    assert not found_in(every_byte(answer))


def test_the_scope_opens_nothing_else() -> None:
    cast = make_cast()
    make_baited_pair(cast)
    make_baited_pair(cast, 2)
    somebody_else_was_here(cast)
    api = Api(cast.mira, "assist")
    for path in ("gold", "releases"):
        assert api.get(f"campaigns/bench/{path}").status_code == 403
    for path in ("pairs", "claims", "releases", "protocols"):
        assert api.post(f"campaigns/bench/{path}", {}).status_code == 403
    for path in ("campaigns/bench/stats", "campaigns/bench/assistance"):
        assert not found_in(every_byte(api.get(path)))


@pytest.mark.parametrize("scope", sorted(set(tokens.SCOPES) - {"assist"}))
def test_another_scope_is_refused(scope: str) -> None:
    cast, _, (row,) = ready(rows=1)
    api = Api(cast.mira, scope)
    assert api.post(LEASES, {"kind": "reward"}).status_code == 403
    for call in ("renew", "results", "release"):
        assert api.post(f"{LEASES}/{NOBODYS}/{call}", {}).status_code == 403
    assert states() == {row.pk: "wanted"}


@pytest.mark.parametrize("who", ["ana", "rita", "stranger"])
def test_only_managers_lend_their_campaigns_texts_out(who: str) -> None:
    cast, _, _ = ready()
    api = Api(getattr(cast, who), "assist")
    assert api.post(LEASES, {"kind": "reward"}).status_code == (404 if who == "stranger" else 403)
    assert set(states().values()) == {"wanted"}


def test_another_campaign_is_out_of_reach() -> None:
    cast, api, (row,) = ready(rows=1)
    lease = leased(api)["lease"]
    other = make_cast(slug="other")
    there = make_assistance(make_pair(other.campaign), "reward", state="leased", lease="f" * 32)
    assert returned(api, "f" * 32, result(there.pk))["rejected"][0]["id"] == there.pk
    assert api.post(f"{LEASES}/{'f' * 32}/release", {}).json() == {"released": 0}
    away = Api(cast.mira, "assist").post(f"campaigns/other/assistance/leases/{lease}/release", {})
    assert away.json() == {"released": 0}
    assert states() == {row.pk: "leased", there.pk: "leased"}


def test_returning_again_is_a_no_op() -> None:
    _, api, (row,) = ready(rows=1)
    lease = leased(api)["lease"]
    for _ in range(3):
        assert returned(api, lease, result(row.pk))["recorded"] == [row.pk]
    assert AuditEvent.objects.filter(verb="assistance.recorded").count() == 1
    assert list(Spend.objects.values_list("rows", "tokens_read")) == [(1, 10)]
    assert returned(api, lease, result(row.pk, payload=PAYLOADS["reward"] | {"margin": 1.0}))["recorded"] == [row.pk]


def test_a_lease_that_ran_out_overwrites_nobody() -> None:
    _, api, (row,) = ready(rows=1)
    late = leased(api)["lease"]
    run_out()
    soon = leased(api)["lease"]
    assert returned(api, late, result(row.pk)) == {"recorded": [], "failed": [], "rejected": [], "lost": [row.pk]}
    assert returned(api, late, {"id": row.pk, "error": "no memory"})["lost"] == [row.pk]
    assert api.post(f"{LEASES}/{late}/renew", {}).json() == {"held": 0}
    assert api.post(f"{LEASES}/{late}/release", {}).json() == {"released": 0}
    row.refresh_from_db()
    assert (row.state, row.lease, row.error) == ("leased", soon, "")
    assert returned(api, soon, result(row.pk))["recorded"] == [row.pk]
    assert returned(api, late, result(row.pk))["lost"] == [row.pk]


def test_a_lease_that_ran_out_is_still_good_while_nobody_else_took_it() -> None:
    _, api, (row,) = ready(rows=1)
    lease = leased(api)["lease"]
    run_out()
    assert returned(api, lease, result(row.pk))["recorded"] == [row.pk]


def test_bad_rows_are_rejected_one_by_one_and_good_ones_kept() -> None:
    _, api, rows = ready(rows=4)
    lease = leased(api)["lease"]
    good, wrong, shapeless, failed = [row.pk for row in rows]
    taken = returned(
        api,
        lease,
        result(good),
        result(wrong, payload=PAYLOADS["reward"] | {"margin": 99}),
        result(shapeless, milliseconds="soon"),
        {"id": failed, "error": "CUDA out of \u0000 memory"},
        result(10**12),
        result(good),
        "nonsense",
        {"id": "one"},
    )
    assert (taken["recorded"], taken["failed"], taken["lost"]) == ([good], [failed], [])
    told = [(one["id"], one["reason"]) for one in taken["rejected"]]
    assert {pk for pk, _ in told} == {wrong, shapeless, 10**12, good, 0}
    assert (wrong, "margin is not the difference of the scores") in told
    assert states() == {good: "done", wrong: "wanted", shapeless: "wanted", failed: "wanted"}
    errors = dict(Assistance.objects.values_list("pk", "error"))
    assert errors[wrong] == "What mira returned cannot be kept: margin is not the difference of the scores"
    assert errors[failed].startswith("CUDA out of")
    assert set(Assistance.objects.exclude(pk=good).values_list("attempts", flat=True)) == {1}


@pytest.mark.parametrize(
    "more",
    [
        {"payload": None}, {"payload": [1]}, {"error": "both"}, {"payload": None, "error": 7}, {"blob": "%%"},
        {"blob": 7}, {"read": -1}, {"read": 2**40}, {"read": True}, {"written": None}, {"blob": "QUJDRA=="},
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_rejected_with_a_reason(more: dict[str, Any]) -> None:
    _, api, (row,) = ready(rows=1)
    (rejected,) = returned(api, leased(api)["lease"], result(row.pk, **more))["rejected"]
    assert rejected["id"] == row.pk
    assert rejected["reason"]
    row.refresh_from_db()
    assert (row.state, rejected["reason"] in row.error) == ("wanted", True)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"by": BY}, "results"),
        ({"by": BY, "results": [{}] * 257}, "results"),
        ({"results": []}, "by.model"),
        ({"by": BY | {"model": ""}, "results": []}, "by.model"),
        ({"by": BY | {"revision": "x" * 101}, "results": []}, "by.revision"),
        ({"by": BY | {"engine": "a\u0000"}, "results": []}, "by.engine"),
        ({"by": BY | {"settings": {"a": "\u0000"}}, "results": []}, "by.settings"),
        ({"by": BY | {"settings": {"a": "x" * 10_000}}, "results": []}, "by.settings"),
        ({"by": BY | {"settings": [1]}, "results": []}, "by.settings"),
        ({"by": BY | {"settings": json.loads('{"a":' * 300 + "1" + "}" * 300)}, "results": []}, "by.settings"),
    ],
)
def test_a_return_that_says_nothing_of_use_is_refused_whole(body: dict[str, Any], field: str) -> None:
    _, api, (row,) = ready(rows=1)
    answer = api.post(f"{LEASES}/{leased(api)['lease']}/results", body)
    assert (answer.status_code, field in answer.json()["fields"]) == (422, True), answer.body
    assert states() == {row.pk: "leased"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "kind"),
        ({"kind": "poetry"}, "kind"),
        ({"kind": ["reward"]}, "kind"),
        ({"kind": "reward", "engine": "nobody"}, "engine"),
        ({"kind": "reward", "rows": 0}, "rows"),
        ({"kind": "reward", "rows": 257}, "rows"),
        ({"kind": "reward", "rows": "all"}, "rows"),
        ({"kind": "reward", "seconds": 1}, "seconds"),
        ({"kind": "reward", "seconds": 86400}, "seconds"),
    ],
)
def test_a_lease_that_makes_no_sense_is_refused(body: dict[str, Any], field: str) -> None:
    _, api, _ = ready(rows=1)
    answer = api.post(LEASES, body)
    assert (answer.status_code, field in answer.json()["fields"]) == (422, True), answer.body


def test_a_lease_is_renewed_and_released_and_no_attempt_counts() -> None:
    _, api, rows = ready(rows=3)
    lease = leased(api, rows=2, seconds=60)
    assert (lease["seconds"], len(lease["rows"])) == (60, 2)
    assert api.post(f"{LEASES}/{lease['lease']}/renew", {"seconds": 900}).json() == {"held": 2}
    assert min(Assistance.objects.filter(state="leased").values_list("due", flat=True)) > timezone.now() + timedelta(
        seconds=800
    )
    returned(api, lease["lease"], result(rows[0].pk))
    assert api.post(f"{LEASES}/{lease['lease']}/release", {}).json() == {"released": 1}
    assert api.post(f"{LEASES}/{lease['lease']}/release", {}).json() == {"released": 0}
    assert sorted(Assistance.objects.values_list("state", "attempts")) == [("done", 1), ("wanted", 0), ("wanted", 0)]


def test_given_back_because_the_model_is_away_rows_wait_and_say_so() -> None:
    _, api, (row,) = ready(rows=1)
    lease = leased(api)["lease"]
    sent = {"error": "BackendDown: http://gpu does not serve", "seconds": 900}
    assert api.post(f"{LEASES}/{lease}/release", sent).json() == {"released": 1}
    row.refresh_from_db()
    assert (row.state, row.attempts, row.error) == ("wanted", 0, sent["error"])
    assert row.due > timezone.now() + timedelta(seconds=800)
    assert api.post(LEASES, {"kind": "reward"}).status_code == 204


def test_a_spent_budget_lends_nothing(settings: Any) -> None:
    settings.ASSISTANCE_MODELS = settings.ASSISTANCE_MODELS | {"reward": "big = external: tokens_a_day=10"}
    cast = make_cast()
    row = make_assistance(make_pair(cast.campaign), "reward", engine="big")
    api = Api(cast.mira, "assist")
    returned(api, leased(api, engine="big")["lease"], result(row.pk))
    answer = api.post(LEASES, {"kind": "reward", "engine": "big"})
    assert (answer.status_code, "Today's budget of reward by big is spent" in answer.json()["error"]) == (409, True)
    assert spending.affordable(kind="reward", backend=backends.of_kind("reward")["big"], most=5) == 0


def test_a_name_that_no_lease_has_is_no_address() -> None:
    _, api, _ = ready(rows=1)
    for lease in ("", "nonsense", "%00" * 8, "A" * 32, "0" * 33):
        assert api.post(f"{LEASES}/{lease}/renew", {}).status_code == 404
