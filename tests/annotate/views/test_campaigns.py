"""The manager's pages."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse

from annotate.domain import tokens
from annotate.forms import campaigns as forms
from annotate.models import Campaign, Membership, Pair, Token
from tests.annotate.views.browsing import signed_in
from tests.cast import Cast, make_assistance, make_cast, make_pair
from tests.gold import make_gold

pytestmark = pytest.mark.django_db
ROWS = [
    {"prompt": "One?", "chosen": "1", "rejected": "2"},
    {"prompt": "Two?", "chosen": "", "rejected": "2"},
    {"prompt": "One?", "chosen": "1", "rejected": "2"},
]


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def upload(cast: Cast, text: str, name: str = "rows.jsonl", **fields: str) -> HttpResponse:
    file = SimpleUploadedFile(name, text.encode())
    return signed_in(cast.mira).post("/campaigns/bench/import/", {"file": file, "mapping": "", **fields})


def test_an_upload_says_what_came_in_and_why_the_rest_did_not(cast: Cast, nudged: list[str]) -> None:
    page = upload(cast, "\n".join(map(json.dumps, ROWS)))
    report = page.context["report"]
    assert (report.rows, report.new, report.duplicate, report.rejected) == (3, 1, 1, 1)
    assert [problem["row"] for problem in page.context["problems"]] == [2]
    assert nudged == ["workers.tasks.tick"]
    lines = signed_in(cast.mira).get(f"/campaigns/bench/import/rejected/{page.context['key']}/")
    assert [json.loads(line)["row"] for line in lines.content.splitlines()] == [2]
    assert "attachment" in lines.headers["Content-Disposition"]


def test_rejected_rows_of_one_campaign_are_not_those_of_another(cast: Cast) -> None:
    key = upload(cast, json.dumps(ROWS[1])).context["key"]
    make_cast(slug="other")
    assert signed_in(cast.mira).get(f"/campaigns/other/import/rejected/{key}/").status_code == 404


def test_columns_are_mapped_a_line_each(cast: Cast) -> None:
    upload(cast, json.dumps({"q": "Q", "x": "A", "y": "B"}), mapping="prompt=q\nchosen=x\r\nrejected=y\n")
    assert Pair.objects.get().conversation == [{"role": "user", "content": "Q"}]


@pytest.mark.parametrize(
    ("name", "text", "mapping", "field"),
    [
        ("rows.jsonl", "{}", "nonsense", "mapping"),
        ("rows.bin", "what is this", "", "file"),
        ("rows.jsonl", "", "", "file"),
    ],
)
def test_what_cannot_be_read_comes_back_and_imports_nothing(
    cast: Cast, name: str, text: str, mapping: str, field: str
) -> None:
    page = upload(cast, text, name, mapping=mapping)
    assert page.status_code == 422
    assert field in page.context["form"].errors
    assert not Pair.objects.exists()


def test_a_file_over_the_limit_is_refused(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "LARGEST_UPLOAD", 10)
    assert "file" in upload(cast, json.dumps(ROWS[0])).context["form"].errors


def test_a_manager_makes_a_campaign_and_manages_it(cast: Cast) -> None:
    fields = {"name": "Third quarter", "slug": "", "overlap": 3, "reveal": "never", "lease_minutes": 10}
    answer = signed_in(cast.mira).post("/campaigns/new/", fields)
    assert answer.url == "/campaigns/third-quarter/"
    made = Campaign.objects.get(slug="third-quarter")
    assert (made.overlap, made.reveal, made.lease_minutes) == (3, "never", 10)
    assert Membership.objects.get(campaign=made).user == cast.mira
    again = signed_in(cast.mira).post("/campaigns/new/", fields)
    assert (again.status_code, set(again.context["form"].errors)) == (422, {"slug"})


def test_settings_change_and_nonsense_comes_back(cast: Cast) -> None:
    fields = {"name": "Renamed", "overlap": 4, "reveal": "on_conflict", "lease_minutes": 5}
    client = signed_in(cast.mira)
    assert client.post("/campaigns/bench/settings/", fields).status_code == 302
    cast.campaign.refresh_from_db()
    now = cast.campaign
    assert (now.name, now.overlap, now.reveal, now.lease_minutes) == ("Renamed", 4, "on_conflict", 5)
    page = client.post("/campaigns/bench/settings/", fields | {"overlap": 12})
    assert (page.status_code, set(page.context["form"].errors)) == (422, {"overlap"})


def test_the_overview_counts_from_import_to_gold(cast: Cast) -> None:
    make_gold(cast, 1, "a", "a")
    make_gold(cast, 2, "undecidable", "undecidable")
    make_gold(cast, 3, "a", "b", "equal")
    make_gold(cast, 4, "a", "b")
    make_pair(cast.campaign, 5)
    assert signed_in(cast.mira).get("/campaigns/bench/").context["funnel"] == {
        "imported": 5, "judged": 4, "judgements": 9, "settled": 2, "disputed": 1, "adjudicated": 0, "gold": 1,
        "strata": {"equal": 0, "undecidable": 1, "broken": 0},
    }  # fmt: skip


def test_the_overview_tells_what_failed_and_leads_there(cast: Cast) -> None:
    make_assistance(make_pair(cast.campaign), "reward", state="parked", error="out of memory", attempts=4)
    page = signed_in(cast.mira).get("/campaigns/bench/")
    assert page.context["assistance"] == [{"kind": "reward", "ready": 0, "in_work": 0, "parked": 1, "all": 1}]
    assert b"/campaigns/bench/assistance/#failures" in page.content


def test_people_are_listed_with_what_they_did(cast: Cast) -> None:
    make_gold(cast, 1, "a", "a")
    rows = signed_in(cast.mira).get("/campaigns/bench/people/").context["people"]
    assert {(row["username"], row["role"], row["done"], row["today"]) for row in rows} == {
        ("ana", "annotator", 1, 1), ("ben", "annotator", 1, 1), ("chen", "annotator", 0, 0),
        ("rita", "reviewer", 0, 0), ("mira", "manager", 0, 0),
    }  # fmt: skip


def test_an_invitation_link_is_shown_once_and_can_be_withdrawn(cast: Cast) -> None:
    client = signed_in(cast.mira)
    page = client.post("/campaigns/bench/people/", {"role": "annotator", "note": "Dana"})
    link = page.context["link"]
    assert link.startswith("http://testserver/invitations/")
    assert link in page.content.decode()
    again = client.get("/campaigns/bench/people/")
    assert link not in again.content.decode()
    row = again.context["invitations"][0]
    assert row["note"] == "Dana"
    client.post(f"/campaigns/bench/people/invitations/{row['id']}/withdraw")
    assert client.get("/campaigns/bench/people/").context["invitations"] == []


def test_a_token_is_shown_once_works_and_is_revoked(cast: Cast) -> None:
    client = signed_in(cast.ana)
    page = client.post("/tokens/", {"name": "mine", "scopes": ["annotate"], "days": 3})
    text = page.context["text"]
    found = tokens.find(text)
    assert found is not None
    assert (found.user, found.scopes) == (cast.ana, ["annotate"])
    assert text not in client.get("/tokens/").content.decode()
    assert signed_in(cast.ben).post(f"/tokens/{found.pk}/revoke").status_code == 404
    client.post(f"/tokens/{found.pk}/revoke")
    assert tokens.find(text) is None
    assert Token.objects.get().revoked is not None


@pytest.mark.parametrize("fields", [{"scopes": ["everything"]}, {"scopes": []}, {"days": 0}, {"name": ""}])
def test_a_token_that_makes_no_sense_is_not_issued(cast: Cast, fields: dict[str, object]) -> None:
    good = {"name": "mine", "scopes": ["annotate"], "days": 3}
    assert signed_in(cast.ana).post("/tokens/", good | fields).status_code == 422
    assert not Token.objects.exists()


def test_my_work_names_what_waits_for_each_role(cast: Cast) -> None:
    make_gold(cast, 1, "a", "b", "equal")
    make_pair(cast.campaign, 2)
    work = {name: signed_in(getattr(cast, name)).get("/").context for name in ("ana", "rita", "mira", "stranger")}
    mine = work["ana"]["annotating"][0]
    assert (mine["done"], mine["today"], mine["left"], mine["held"]) == (1, 1, 1, 0)
    assert work["rita"]["reviewing"][0]["disputes"] == 1
    assert [row["pairs"] for row in work["mira"]["managing"]] == [2]
    assert [work["stranger"][name] for name in ("annotating", "reviewing", "managing", "may_create")] == [
        [],
        [],
        [],
        False,
    ]
