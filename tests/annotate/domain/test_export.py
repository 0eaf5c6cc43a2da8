"""Export rows: what a training pipeline reads."""

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotate.domain import adjudication, corrections, export, leases, protocol, record
from annotate.domain.disclosure import OPEN_KINDS, REVEALED_KINDS
from annotate.domain.protocol import Said
from annotate.models import Gold, User, Verdict
from tests.bait import VERIFIED, judged
from tests.cast import ATTRIBUTES, make_assistance, make_cast, make_pair
from tests.gold import decide, make_gold, set_down_gold

pytestmark = pytest.mark.django_db


def rows(campaign: Any, **wanted: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in b"".join(export.stream(campaign=campaign, **wanted)).splitlines()]


def test_a_gold_row_speaks_trl() -> None:
    cast = make_cast()
    pair = make_gold(cast, 1, "b", "b", source="set", source_id="7", source_label="a", group="g")
    (row,) = rows(cast.campaign)
    gold = Gold.objects.get()
    assert row["cursor"] == gold.pk
    assert (row["pair_id"], row["campaign"], row["label"]) == (pair.pk, "bench", "b")
    assert (row["prompt"], row["chosen"], row["rejected"]) == (pair.conversation, pair.response_b, pair.response_a)
    assert (row["margin"], row["strength"], row["soft_label"], row["confidence"]) == (2.0, 2.0, 1.0, 3.0)
    assert row["votes"] == {"chosen": 2, "rejected": 0, "equal": 0, "undecidable": 0, "broken": 0}
    assert row["attributes"] == ATTRIBUTES | {"written_by": "model"}
    provenance = row["provenance"]
    assert (provenance["source_label"], provenance["source"], provenance["source_id"]) == ("flipped", "set", "7")
    assert (provenance["protocol"], provenance["protocol_version"], provenance["reveal"]) == (
        "Assay protocol",
        1,
        ["always"],
    )
    assert provenance["models"]["reward"]["model"] == "rm-1"
    assert provenance["models"]["embed"] == dict.fromkeys(("engine", "model", "revision", "prompt_version"), "")
    assert [verdict["verdict"] for verdict in provenance["verdicts"]] == ["chosen", "chosen"]
    assert [verdict["id"] for verdict in provenance["verdicts"]] == sorted(Verdict.objects.values_list("pk", flat=True))


def test_a_gold_row_names_every_assistance_that_was_there() -> None:
    """All engines of a kind, and of each kind the one that counts; what was not done yet is not in it."""
    cast = make_cast()
    pair = make_pair(cast.campaign, 1)
    by = {"revision": "r", "prompt_version": "judge-1"}
    make_assistance(pair, "judge", judged("a"), engine="qwen", model="Qwen", **by)
    make_assistance(pair, "judge", judged("b"), engine="llama", model="Llama", **by)
    make_assistance(pair, "preverify", VERIFIED, model="checker", revision="c", prompt_version="preverify-1")
    make_assistance(pair, "embed", {"dim": 2}, model="mini", revision="1")
    make_assistance(pair, "reward")
    for user in (cast.ana, cast.ben):
        decide(cast, user, "a")
    (row,) = rows(cast.campaign)
    told = json.loads(row["provenance"]["assistance"])
    assert [tuple(one.values()) for one in told] == [
        ("embed", "default", "mini", "1", ""),
        ("judge", "qwen", "Qwen", "r", "judge-1"),
        ("judge", "llama", "Llama", "r", "judge-1"),
        ("preverify", "default", "checker", "c", "preverify-1"),
    ]
    assert set(row["provenance"]["models"]) == set(record.KINDS) == {*REVEALED_KINDS, *OPEN_KINDS, "embed"}
    assert row["provenance"]["models"]["judge"]["model"] == "Llama"
    assert row["provenance"]["models"]["reward"]["model"] == ""
    make_gold(cast, 2, help=False)
    assert rows(cast.campaign)[1]["provenance"]["assistance"] == ""


def test_a_time_always_has_microseconds() -> None:
    moment = datetime(2026, 1, 2, 5, 4, 5, tzinfo=timezone(timedelta(hours=2)))
    assert record._time(moment) == "2026-01-02T03:04:05.000000+00:00"


def test_times_are_those_of_the_rows() -> None:
    cast = make_cast()
    make_gold(cast, 1)
    (row,) = rows(cast.campaign)
    assert datetime.fromisoformat(row["created"]) == Gold.objects.get().created
    verdicts = Verdict.objects.order_by("created").select_related("judgement")
    assert [
        (datetime.fromisoformat(verdict["judged"]), datetime.fromisoformat(verdict["decided"]))
        for verdict in row["provenance"]["verdicts"]
    ] == [(verdict.judgement.created, verdict.created) for verdict in verdicts]


def test_people_are_pseudonyms_and_always_the_same() -> None:
    cast = make_cast()
    make_gold(cast, 1)
    make_gold(cast, 2)
    first, second = rows(cast.campaign)
    names = [[verdict["annotator"] for verdict in row["provenance"]["verdicts"]] for row in (first, second)]
    assert names[0] == names[1] == [record.pseudonym(cast.ana.pk), record.pseudonym(cast.ben.pk)]
    assert len(set(names[0])) == 2
    assert '"ana"' not in json.dumps(first)


@pytest.mark.parametrize(("said", "told"), [("", "none"), ("a", "agreed"), ("b", "flipped"), ("equal", "equal")])
def test_the_source_label_beside_gold(said: str, told: str) -> None:
    cast = make_cast()
    make_gold(cast, 1, "a", "a", source_label=said)
    assert rows(cast.campaign)[0]["provenance"]["source_label"] == told


def test_a_majority_softens_the_label_and_the_margin() -> None:
    cast = make_cast()
    make_gold(cast, 1, "a", "b", "b")
    (row,) = rows(cast.campaign)
    assert row["label"] == "b"
    assert row["votes"] == {"chosen": 2, "rejected": 1, "equal": 0, "undecidable": 0, "broken": 0}
    assert row["soft_label"] == pytest.approx(2 / 3)
    assert (row["margin"], row["strength"]) == (pytest.approx((2 + 2 - 2) / 3), 2.0)


def test_an_adjudicated_row_takes_the_reviewers_strength_and_supersedes() -> None:
    cast = make_cast(third=False)
    pair = make_gold(cast, 1, "a", "b")
    settle = {"campaign": cast.campaign, "pair_id": pair.pk, "user": cast.rita, "cause": "slip", "reason": "Sum."}
    adjudication.adjudicate(choice="b", strength=3, **settle)
    (first,) = rows(cast.campaign)
    assert (first["origin"], first["margin"], first["soft_label"]) == ("adjudication", 3.0, pytest.approx(2 / 3))
    assert first["provenance"]["reviewer"] == record.pseudonym(cast.rita.pk)
    adjudication.adjudicate(choice="a", strength=1, **settle)
    (second,) = rows(cast.campaign)
    assert (second["label"], second["provenance"]["supersedes"]) == ("a", first["cursor"])
    assert rows(cast.campaign, after=first["cursor"]) == [second]
    assert rows(cast.campaign, after=second["cursor"]) == []


def test_a_row_tells_what_people_corrected_and_checked_beside_what_the_model_said() -> None:
    cast = make_cast(third=False)
    attributes = ATTRIBUTES | {"task_category": "planning", "desired_attributes": "Right; short"}
    make_assistance(make_pair(cast.campaign), "attributes", attributes)
    corrected: dict[User, dict[str, str]] = {
        cast.ana: {"objectivity": "subjective", "controversiality": "high"},
        cast.ben: {"controversiality": "medium"},
    }
    for user, values in corrected.items():
        own, _ = leases.claim_next(campaign=cast.campaign, user=user)
        assert own is not None
        corrections.correct(claim_id=own.pk, user=user, values=values)
        side = "left" if own.left == "b" else "right"
        marks = [{"item": "Right", side: True}, {"item": "short", "left": False, "right": False}]
        said = Said(choice=side, strength=2, confidence=2, reason="Why.", checks=marks if user == cast.ana else [])
        protocol.judge(claim_id=own.pk, user=user, said=said)
        protocol.decide(claim_id=own.pk, user=user, said=replace(said, checks=[]))
    (row,) = rows(cast.campaign)
    assert row["attributes"] == attributes | {"written_by": "model"}
    assert row["corrected"] == dict.fromkeys(ATTRIBUTES, "") | {"objectivity": "subjective"}
    first, second = row["provenance"]["verdicts"]
    assert first["annotator"] == record.pseudonym(cast.ana.pk)
    assert json.loads(first["corrections"]) == [
        {"attribute": "objectivity", "was": "objective", "value": "subjective"},
        {"attribute": "controversiality", "was": "low", "value": "high"},
    ]
    assert json.loads(second["corrections"]) == [{"attribute": "controversiality", "was": "low", "value": "medium"}]
    assert json.loads(first["checks"]) == [
        {"item": "Right", "response": "chosen", "met": True},
        {"item": "short", "response": "rejected", "met": False},
        {"item": "short", "response": "chosen", "met": False},
    ]
    assert (second["checks"], first["waived"], first["lifted"]) == ("", "", "")


def test_a_row_tells_what_was_judged_without() -> None:
    cast = make_cast(overlap=1)
    make_assistance(make_pair(cast.campaign), "attributes", ATTRIBUTES, engine="imported")
    own, _ = leases.claim_next(campaign=cast.campaign, user=cast.ana)
    assert own is not None
    values = {"task_category": "information seeking"}
    corrections.correct(claim_id=own.pk, user=cast.ana, values=values)
    decide(cast, cast.ana, "equal")
    (row,) = rows(cast.campaign, strata=True)
    (verdict,) = row["provenance"]["verdicts"]
    assert (verdict["waived"], verdict["lifted"]) == ("search", "maths")


def test_a_margin_is_never_negative() -> None:
    said = (("a", 1), ("b", 3), ("a", 1))
    verdicts = [SimpleNamespace(choice=choice, strength=strength) for choice, strength in said]
    assert record.margin(SimpleNamespace(label="a", adjudication=None), verdicts) == 0.0


def test_what_is_no_side_is_a_stratum() -> None:
    cast = make_cast()
    pair = make_gold(cast, 1, "equal", "equal")
    make_gold(cast, 2)
    (gold,), (stratum,) = rows(cast.campaign), rows(cast.campaign, strata=True)
    assert "chosen" in gold
    assert "chosen" not in stratum
    assert (stratum["pair_id"], stratum["label"]) == (pair.pk, "equal")
    assert (stratum["response_a"], stratum["response_b"]) == (pair.response_a, pair.response_b)
    assert [verdict["strength"] for verdict in stratum["provenance"]["verdicts"]] == [0, 0]


def test_what_the_source_brought_counts_before_a_model() -> None:
    cast = make_cast()
    pair = make_pair(cast.campaign)
    make_assistance(pair, "attributes", ATTRIBUTES | {"task_category": "editing"}, engine="imported")
    make_assistance(pair, "attributes", ATTRIBUTES)
    decide(cast, cast.ana, "a")
    decide(cast, cast.ben, "a")
    attributes = rows(cast.campaign)[0]["attributes"]
    assert (attributes["task_category"], attributes["written_by"]) == ("editing", "source")


def test_a_row_tells_what_was_known_when_it_was_settled() -> None:
    cast = make_cast()
    pair = make_gold(cast, 1)
    before = rows(cast.campaign)
    make_assistance(pair, "attributes", ATTRIBUTES | {"task_category": "editing"}, engine="imported")
    make_assistance(pair, "embed", {"dimensions": 2})
    assert rows(cast.campaign) == before


def test_no_text_is_taken_for_the_provenance() -> None:
    cast = make_cast()
    pair = make_pair(cast.campaign, source_id='"provenance":{')
    make_assistance(pair, "attributes", ATTRIBUTES | {"annotation_guideline": 'x","provenance":{"gold":7}'})
    decide(cast, cast.ana, "a")
    decide(cast, cast.ben, "a")
    (row,) = rows(cast.campaign)
    assert row["attributes"]["annotation_guideline"] == 'x","provenance":{"gold":7}'
    assert (row["provenance"]["gold"], row["provenance"]["source_id"]) == (row["cursor"], pair.source_id)


def kinds(value: Any) -> Any:
    """The type of every value, structs and lists included."""
    if isinstance(value, dict):
        return {name: kinds(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [kinds(value[0])]
    assert value is not None
    return type(value)


def test_every_column_has_one_type_whatever_is_known() -> None:
    cast = make_cast(third=False)
    make_gold(cast, 1)
    make_gold(cast, 2, help=False)
    pair = make_gold(cast, 3, "a", "b", help=False)
    adjudication.adjudicate(
        campaign=cast.campaign, pair_id=pair.pk, user=cast.rita, choice="b", strength=3, cause="slip", reason="Sum."
    )
    first, *others = rows(cast.campaign)
    assert len(others) == 2
    for other in others:
        assert kinds(other) == kinds(first)


@pytest.mark.parametrize("count", [5, 50])
def test_a_page_costs_the_same_however_long(count: int) -> None:
    cast = make_cast()
    set_down_gold(cast, range(count))
    with CaptureQueriesContext(connection) as statements:
        found = list(export.current(campaign=cast.campaign))
    assert [len(page) for page in found] == [count]
    queries = [query["sql"] for query in statements.captured_queries if query["sql"].startswith("SELECT")]
    assert len(queries) == 4  # up to where, ids, gold, and no more ids


def test_pages_join_up(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = make_cast()
    set_down_gold(cast, range(11))
    monkeypatch.setattr(export, "FIRST_PAGE", 2)
    monkeypatch.setattr(export, "LONGEST_PAGE", 3)
    found = rows(cast.campaign)
    assert [row["cursor"] for row in found] == list(Gold.objects.order_by("pk").values_list("pk", flat=True))
