"""The manager's pages of a protocol, in a browser that runs no script."""

from typing import Any

import pytest
from django.http import HttpResponse

from annotate.domain import leases, versions
from annotate.domain.versions import Content
from annotate.models import Campaign, Protocol
from tests.annotate.views.browsing import signed_in
from tests.cast import ATTRIBUTES, Cast, make_assistance, make_cast, make_document, make_pair

pytestmark = pytest.mark.django_db
PAGE = "/campaigns/bench/protocol/versions/"
RULE = {"when": {"task_category": ["math"]}, "text": "Check it.", "requires": ["maths"]}
ALWAYS = {"when": {}, "text": "Be <b>fair</b>.", "requires": []}


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def make(cast: Cast, text: str = "Read both.", rules: Any = (RULE, ALWAYS), **fields: str) -> Protocol:
    content = Content(text=text, rules=list(rules), **fields)
    return versions.make(campaign=cast.campaign, actor=cast.mira, content=content)[0]


def form_of(page: HttpResponse) -> dict[str, Any]:
    """What the editor's form would send as it stands: its fields, and the ticks of every rule."""
    editing = page.context["editing"]
    sent: dict[str, Any] = {
        "saves": editing.saves,
        "seen": editing.seen,
        "rules": len(page.context["rows"]),
        "text": editing.content.text,
        "attestation": editing.content.attestation,
    }
    for row in page.context["rows"]:
        sent[f"rule-{row.number}-text"] = row.text
        for name, boxes in row.groups.items():
            sent[f"rule-{row.number}-{name}"] = [box.value for box in boxes if box.checked]
    return sent


def press(cast: Cast, page: HttpResponse, act: str, **fields: Any) -> HttpResponse:
    return signed_in(cast.mira).post(page.request["PATH_INFO"], form_of(page) | {"act": act} | fields)


def edit(cast: Cast, protocol: Protocol) -> HttpResponse:
    return signed_in(cast.mira).get(f"{PAGE}{protocol.pk}/edit/")


def texts(page: HttpResponse) -> list[str]:
    return [row.text for row in page.context["rows"]]


def test_the_list_says_what_is_in_force_what_is_a_draft_and_what_was_used(cast: Cast) -> None:
    make_pair(cast.campaign)
    leases.claim_next(campaign=cast.campaign, user=cast.ana)
    made = make(cast)
    page = signed_in(cast.mira).get(PAGE)
    assert [(row["version"], row["in_force"], row["draft"], row["claims"]) for row in page.context["versions"]] == [
        (2, False, True, 0), (1, True, False, 1),
    ]  # fmt: skip
    text = page.content.decode()
    assert f"?old={cast.campaign.protocol_id}&amp;new={made.pk}" in text
    assert "mira" in text


def test_a_new_version_is_written_from_the_one_in_force_and_put_in_force(cast: Cast) -> None:
    page = edit(cast, cast.campaign.protocol)
    assert page.context["editing"].saves == "new"
    sent = press(cast, page, "save", text="Read **both**.", **{"rule-0-text": "Look it up."})
    made = Protocol.objects.get(version=2)
    assert sent.url == f"{PAGE}{made.pk}/"
    assert (made.text, made.rules[0]["text"], len(made.rules)) == ("Read **both**.\n", "Look it up.", 5)
    assert made.rules[1:] == cast.campaign.protocol.rules[1:]
    client = signed_in(cast.mira)
    shown = client.get(sent.url)
    assert "<strong>both</strong>" in shown.content.decode()
    assert shown.context["diff"]["counts"] == {"added": 0, "removed": 0, "changed": 1, "moved": 0}
    client.post(f"{sent.url}force", {"instead_of": cast.campaign.protocol_id})
    assert Campaign.objects.get(pk=cast.campaign.pk).protocol == made
    assert "Read <strong>both</strong>" in signed_in(cast.ana).get("/campaigns/bench/protocol/").content.decode()


def test_rows_are_added_moved_and_removed_and_nothing_is_recorded(cast: Cast) -> None:
    draft = make(cast)
    page = edit(cast, draft)
    page = press(cast, page, "add")
    assert texts(page) == ["Check it.", "Be <b>fair</b>.", ""]
    page = press(cast, page, "up-2", **{"rule-2-text": "New one."})
    assert texts(page) == ["Check it.", "New one.", "Be <b>fair</b>."]
    page = press(cast, page, "up-1")
    page = press(cast, page, "down-1")
    assert texts(page) == ["New one.", "Be <b>fair</b>.", "Check it."]
    page = press(cast, page, "remove-1")
    assert texts(page) == ["New one.", "Check it."]
    assert [box.value for box in page.context["rows"][1].groups["requires"] if box.checked] == ["maths"]
    for nonsense in ("up-9", "remove-x", "down--1", "remove-²", "", "else"):
        assert texts(press(cast, page, nonsense)) == ["New one.", "Check it."]
    assert Protocol.objects.get(pk=draft.pk).rules == [RULE, ALWAYS]
    press(cast, page, "save", **{"rule-0-controversiality": ["high"]})
    assert Protocol.objects.get(pk=draft.pk).rules == [
        {"when": {"controversiality": ["high"]}, "text": "New one.", "requires": []}, RULE,
    ]  # fmt: skip


def test_what_is_wrong_is_said_at_its_row_and_what_was_written_stays(cast: Cast) -> None:
    page = press(cast, edit(cast, make(cast)), "save", text="", **{"rule-1-text": " ", "rule-0-text": "Kept."})
    assert page.status_code == 422
    assert [bool(row.errors) for row in page.context["rows"]] == [False, True]
    assert set(page.context["editing"].faults) == {"text", "rules.1.text"}
    assert "Kept." in page.content.decode()


@pytest.mark.parametrize("wrong", [{"rules": "x"}, {"rules": "99999"}, {"rules": "-1"}, {"seen": "x"}, {"saves": "x"}])
def test_a_form_that_nobody_would_send_takes_no_page_down(cast: Cast, wrong: dict[str, str]) -> None:
    assert press(cast, edit(cast, make(cast)), "preview", **wrong).status_code == 200


def test_the_second_of_two_managers_sees_what_differs_and_loses_nothing(cast: Cast) -> None:
    mine, theirs = edit(cast, cast.campaign.protocol), edit(cast, cast.campaign.protocol)
    press(cast, theirs, "save", text="Their text.")
    refused = press(cast, mine, "save", text="My own text.", **{"rule-0-text": "My rule."})
    assert refused.status_code == 409
    text = refused.content.decode()
    assert "Version 2 was made while you were writing" in text
    assert "My own text." in text
    assert texts(refused)[0] == "My rule."
    assert refused.context["diff"]["counts"]["changed"] == 1
    press(cast, refused, "save")
    assert list(Protocol.objects.order_by("version").values_list("text", flat=True))[1:] == [
        "Their text.\n",
        "My own text.\n",
    ]


def test_of_two_who_change_a_draft_the_second_decides(cast: Cast) -> None:
    draft = make(cast)
    mine, theirs = edit(cast, draft), edit(cast, draft)
    press(cast, theirs, "save", text="Theirs.")
    refused = press(cast, mine, "save", text="Mine.")
    assert (refused.status_code, refused.context["editing"].saves) == (409, "draft")
    press(cast, refused, "save")
    assert Protocol.objects.get(pk=draft.pk).text == "Mine.\n"


@pytest.mark.parametrize("end", ["force", "delete"])
def test_a_draft_that_is_frozen_or_gone_meanwhile_is_saved_as_a_new_version(cast: Cast, end: str) -> None:
    draft = make(cast)
    page = edit(cast, draft)
    signed_in(cast.mira).post(f"{PAGE}{draft.pk}/{end}")
    refused = press(cast, page, "save", text="Mine.")
    assert (refused.status_code, refused.context["editing"].saves) == (409, "new")
    assert "Mine." in refused.content.decode()
    assert press(cast, refused, "save").status_code == 302
    assert Protocol.objects.filter(text="Mine.\n").count() == 1


def test_the_preview_shows_what_stands_beside_a_pair_and_whom_a_rule_touches(cast: Cast) -> None:
    pair = make_pair(cast.campaign)
    make_assistance(pair, "attributes", ATTRIBUTES | {"annotation_guideline": "**Numbers** decide."}, engine="imported")
    make_pair(cast.campaign, 2)
    page = press(cast, edit(cast, make(cast, attestation="I did not ask <i>anybody</i>.")), "preview", pair=pair.pk)
    text, shown = page.content.decode(), page.context["preview"]
    assert "<strong>Numbers</strong> decide." in text
    assert "I did not ask &lt;i&gt;anybody&lt;/i&gt;." in text
    assert "Check the maths before you judge this pair" in text
    assert [(row["pairs"], row["held"], row["applies"]) for row in shown["rules"]] == [(1, 1, True), (2, 0, True)]
    assert (shown["pairs"], shown["without"]) == (2, 1)
    assert Protocol.objects.filter(version=2).get().edits == 0


def test_the_preview_for_a_kind_of_pair(cast: Cast) -> None:
    rule = {"when": {"task_category": ["data analysis"]}, "text": "Look it up.", "requires": ["search"]}
    page = edit(cast, make(cast, rules=[rule]))
    elsewhere = press(cast, page, "preview", **{"kind-task_category": "math"})
    assert (elsewhere.context["preview"]["needed"], elsewhere.context["preview"]["waived"]) == ([], "")
    asked = press(cast, page, "preview", **{"kind-task_category": "data analysis"})
    assert "none is set up here" in asked.context["preview"]["waived"]
    make_document(cast.campaign)
    asked = press(cast, page, "preview", **{"kind-task_category": "data analysis"})
    assert "Search before you judge" in asked.context["preview"]["needed"][0]


@pytest.mark.parametrize("number", ["999999", "x", "1" * 30, "²"])
def test_a_pair_that_is_not_there_is_said(cast: Cast, number: str) -> None:
    page = press(cast, edit(cast, make(cast)), "preview", pair=number)
    assert page.status_code == 200
    assert page.context["pair_problem"]


def test_a_pair_of_another_campaign_is_not_shown(cast: Cast) -> None:
    theirs = make_pair(make_cast(slug="other").campaign)
    make_assistance(theirs, "attributes", ATTRIBUTES | {"annotation_guideline": "Secret."})
    page = press(cast, edit(cast, make(cast)), "preview", pair=theirs.pk)
    assert page.context["pair_problem"]
    assert "Secret." not in page.content.decode()


def test_a_part_is_answered_to_a_script_and_a_page_to_nobody_else(cast: Cast) -> None:
    page = edit(cast, make(cast))
    part = signed_in(cast.mira).post(
        page.request["PATH_INFO"], form_of(page) | {"act": "add"}, headers={"HX-Request": "true"}
    )
    assert "<html" not in part.content.decode()
    assert len(part.context["rows"]) == 3
    assert "<html" in press(cast, page, "add").content.decode()


def test_two_versions_are_compared_word_by_word_and_rule_by_rule(cast: Cast) -> None:
    made = make(cast, "Read both responses.", [RULE])
    after = make(cast, "Read both answers.", [RULE | {"text": "Check it twice."}, ALWAYS])
    page = signed_in(cast.mira).get(f"{PAGE}compare/?old={made.pk}&new={after.pk}")
    text = page.content.decode()
    assert 'both <mark class="differs">responses</mark>' in text
    assert 'both <mark class="differs">answers</mark>' in text
    assert page.context["diff"]["counts"] == {"added": 1, "removed": 0, "changed": 1, "moved": 0}
    assert "Be &lt;b&gt;fair&lt;/b&gt;." in text
    for nonsense in ("", "?old=x&new=1", f"?old={made.pk}"):
        assert signed_in(cast.mira).get(f"{PAGE}compare/{nonsense}").status_code == 404


def test_an_annotator_reads_the_version_they_judge_under_beside_the_pair(cast: Cast) -> None:
    make_pair(cast.campaign)
    leases.claim_next(campaign=cast.campaign, user=cast.ana)
    made = make(cast, "Quite new.", attestation="My own work.")
    versions.put_in_force(campaign=cast.campaign, actor=cast.mira, protocol_id=made.pk)
    claim = cast.ana.claims.get()
    assert "Decide first, alone" in signed_in(cast.ana).get(f"/claims/{claim.pk}/").content.decode()
    other, _ = leases.claim_next(campaign=Campaign.objects.get(pk=cast.campaign.pk), user=cast.ben)
    assert other is not None
    client = signed_in(cast.ben)
    assert "Quite new." in client.get(f"/claims/{other.pk}/").content.decode()
    client.post(f"/claims/{other.pk}/judgement", {"preference": "left-1", "confidence": "2", "reason": "So."})
    assert "My own work." in client.get(f"/claims/{other.pk}/").content.decode()
