"""Correcting attributes and marking wanted qualities, in a browser without scripts and as the page's script asks."""

import pytest
from django.http import HttpResponse
from django.test import Client

from annotate.domain import citing, running
from annotate.models import AttributeCorrection, Claim, Judgement
from tests.annotate.views.browsing import fields_of, send, signed_in, start
from tests.cast import ATTRIBUTES, Cast, make_assistance, make_cast, make_document, make_pair

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}
FILLED = {"preference": "left-2", "confidence": "3", "reason": "It is right."}


def held(engine: str = "default", **attributes: str) -> tuple[Cast, Client, HttpResponse]:
    cast = make_cast(third=False)
    make_assistance(make_pair(cast.campaign), "attributes", ATTRIBUTES | attributes, engine=engine)
    client = signed_in(cast.ana)
    return cast, client, start(client)


def address(page: HttpResponse, what: str = "") -> str:
    return f"/claims/{page.context['page']['id']}/{what}"


def test_a_form_corrects_what_was_changed_in_it_and_nothing_else() -> None:
    _cast, client, page = held(desired_attributes="A right number. \n")
    form = fields_of(page, address(page, "corrections"))
    assert form["desired_attributes"].strip() == "A right number."
    chosen = {name: ATTRIBUTES[name] for name in ("task_category", "controversiality")}
    sent = form | chosen | {"objectivity": "subjective", "annotation_guideline": "Taste <i>decides</i>."}
    after = client.post(address(page, "corrections"), sent, follow=True)
    assert set(AttributeCorrection.objects.values_list("attribute", flat=True)) == {
        "objectivity",
        "annotation_guideline",
    }
    html = after.content.decode()
    assert "Your corrections are kept." in html
    assert "Taste &lt;i&gt;decides&lt;/i&gt;" in html
    assert '<option value="subjective" selected>' in html


def test_the_pages_script_gets_what_is_corrected_or_what_is_wrong() -> None:
    _cast, client, page = held()
    answer = client.post(address(page, "corrections"), {"objectivity": "subjective"}, headers=JSON)
    assert (answer.status_code, answer.json()) == (200, {"corrected": ["objectivity"]})
    wrong = client.post(address(page, "corrections"), {"objectivity": "both"}, headers=JSON)
    assert (wrong.status_code, set(wrong.json())) == (422, {"error"})
    client.post(address(page, "abandon"), {"cause": "other"})
    gone = client.post(address(page, "corrections"), {"objectivity": "objective"}, headers=JSON)
    assert gone.status_code == 409
    told = client.post(address(page, "corrections"), {"objectivity": "objective"}, follow=True)
    assert "no longer in your hands" in told.content.decode()


def test_a_correction_that_brings_a_rule_says_so_and_one_that_lifts_it_too() -> None:
    _cast, client, page = held("imported")
    assert str(citing.MISSING["maths"]) in page.content.decode()
    page = client.post(address(page, "corrections"), {"task_category": "creative writing"}, follow=True)
    assert str(citing.MISSING["maths"]) not in page.content.decode()
    assert str(citing.LIFTED["maths"]) in page.content.decode()
    send(client, page, "judgement", **FILLED)
    assert Judgement.objects.get().lifted == ["maths"]


def test_marks_go_with_the_judgement_come_back_when_it_is_refused_and_stand_at_the_verdict() -> None:
    _cast, client, page = held(desired_attributes="Right; short", task_category="planning")
    marked = {"met-left-1": "yes Right", "met-right-1": "no Right", "met-right-2": "yes short"}
    refused = send(client, page, "judgement", **(FILLED | marked | {"reason": ""}))
    assert refused.status_code == 422
    assert refused.content.decode().count(" checked") >= len(marked)
    verdict = send(client, page, "judgement", **FILLED, **marked)
    assert verdict.context["page"]["judgement"]["checks"] == [
        {"item": "Right", "left": True, "right": False},
        {"item": "short", "left": None, "right": True},
    ]
    left = Claim.objects.get().left
    assert Judgement.objects.get().checks[0][left] is True
    html = verdict.content.decode()
    assert "Right lacks it" in html
    assert 'name="met-' not in html


@pytest.mark.parametrize("mark", ["yes Tall", "perhaps Right", "yes"])
def test_a_mark_of_something_else_is_refused(mark: str) -> None:
    _cast, client, page = held(desired_attributes="Right; short", task_category="planning")
    refused = send(client, page, "judgement", **FILLED, **{"met-left-1": mark})
    assert refused.status_code == 422
    assert not Judgement.objects.exists()


def test_another_judgement_shows_both_marks_beside_each_other() -> None:
    _cast, client, page = held(desired_attributes="Right; short", task_category="planning")
    sent = {**fields_of(page, address(page, "judgement")), **FILLED}
    client.post(address(page, "judgement"), sent | {"met-left-1": "yes Right"})
    other = sent | {"met-left-1": "no Right", "idempotency_key": "another"}
    answer = client.post(address(page, "judgement"), other)
    assert answer.status_code == 409
    rows = {row["name"]: (row["recorded"], row["sent"]) for row in answer.context["rows"]}
    assert rows["checks"] == ("Right: Left has it", "Right: Left lacks it")


def test_a_reviewer_reads_what_each_corrected_and_marked() -> None:
    cast, client, page = held("imported", desired_attributes="Right; short")
    for user, side in ((cast.ana, "a"), (cast.ben, "b")):
        client = signed_in(user)
        page = start(client)
        page = client.post(address(page, "corrections"), {"task_category": "planning"}, follow=True)
        left = Claim.objects.get(annotator=user).left
        choice = "left" if left == side else "right"
        marked = {"met-left-1": "yes Right"}
        page = send(client, page, "judgement", **(FILLED | {"preference": f"{choice}-2"}), **marked)
        send(client, page, "verdict", attested="on")
    case = signed_in(cast.rita).get(f"/campaigns/bench/disputes/{Claim.objects.first().pair_id}/")  # type: ignore[union-attr]
    html = case.content.decode()
    assert html.count("Corrected task category:") == 2
    assert html.count("Judged without a run (maths)") == 2
    assert ("Left has it" in html, "Right has it" in html) == (True, True)
    assert "data-correct" not in html
    assert 'name="met-' not in html


@pytest.mark.parametrize(
    ("category", "kind"),
    [("coding & debugging", "code"), ("math", "maths"), ("information seeking", "search"), ("data analysis", "search")],
)
def test_with_the_default_protocol_a_page_refuses_a_judgement_without_its_run(category: str, kind: str) -> None:
    cast, client, page = held("imported", task_category=category)
    make_document(cast.campaign)
    refused = send(client, page, "judgement", **FILLED)
    assert refused.status_code == 422
    assert str(citing.MISSING[kind]) in refused.content.decode()
    other = {"kind": "maths", "expression": "1 + 1"} if kind != "maths" else {"kind": "code", "code": "1"}
    client.post(address(page, "tools"), other | {"language": "python"})
    work = running.lease()
    assert work is not None
    running.record(work=work, status="finished", output={})
    assert send(client, page, "judgement", **FILLED).status_code == 422, "a run of another kind satisfies nothing"
    asked = {"code": {"code": "1", "language": "python"}, "maths": {"expression": "1 + 1"}, "search": {"query": "leap"}}
    client.post(address(page, "tools"), {"kind": kind} | asked[kind])
    work = running.lease()
    assert work is not None
    running.record(work=work, status="failed", output={})
    assert send(client, page, "judgement", **FILLED).context["page"]["stage"] == "verdict"


def test_an_empty_judgement_is_refused_by_the_server() -> None:
    _cast, client, page = held()
    refused = client.post(address(page, "judgement"), {})
    assert refused.status_code == 422
    assert set(refused.context["form"].errors) == {"preference", "confidence", "reason"}
    assert not Judgement.objects.exists()
