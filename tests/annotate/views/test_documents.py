"""Documents on the pages: uploaded and tried by a manager, searched beside a pair, read by the campaign's members."""

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from annotate.domain import citing, documents
from annotate.domain import running as runs
from annotate.forms import documents as forms
from annotate.models import Document, Judgement, ToolRun
from tests.annotate.views.browsing import send, signed_in, start
from tests.cast import ATTRIBUTES, Cast, make_assistance, make_cast, make_document, make_pair
from workers import running

pytestmark = pytest.mark.django_db
PATH = "/campaigns/bench/documents/"
FACTS = ATTRIBUTES | {"task_category": "information seeking"}


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def upload(client: Client, **files: bytes) -> HttpResponse:
    sent = [SimpleUploadedFile(name.replace("_", "."), data) for name, data in files.items()]
    return client.post(PATH, {"documents": sent})


def test_a_manager_uploads_tries_and_retires(cast: Cast) -> None:
    client = signed_in(cast.mira)
    assert "There is nothing to search in yet" in client.get(PATH).content.decode()
    page = upload(client, a_md=b"# Leap <b>years</b>\n\n2000 was one.", b_jsonl=b'{"text": "x"}\n{"nothing": 1}\n')
    shown = page.content.decode()
    assert page.status_code == 200
    assert "Leap &lt;b&gt;years&lt;/b&gt;" in shown
    assert "no text: one of" in shown
    assert {row.title for row in Document.objects.all()} == {"Leap <b>years</b>", "b 1"}
    tried = client.get(PATH, {"q": "was 2000 a leap year?"}).content.decode()
    assert "2000 was one." in tried
    assert "Nothing was found." in client.get(PATH, {"q": "zebra \x00"}).content.decode()
    row = Document.objects.get(title="b 1")
    assert client.post(f"{PATH}{row.pk}/retire", follow=True).status_code == 200
    assert [row.title for row in documents.listed(campaign=cast.campaign)] == ["Leap <b>years</b>"]
    assert client.post(f"{PATH}{row.pk}/retire").status_code == 409


def test_one_bad_file_keeps_no_other_out(cast: Cast) -> None:
    page = upload(signed_in(cast.mira), a_txt=b"\xff", b_txt=b"good")
    assert page.status_code == 422
    assert "a.txt: not UTF-8 text" in page.content.decode()
    assert Document.objects.get().title == "b"


@pytest.mark.parametrize(("largest", "most"), [(3, 50), (100, 1)])
def test_what_is_too_much_is_refused_and_nothing_is_in(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, largest: int, most: int
) -> None:
    monkeypatch.setattr(forms, "LARGEST", largest)
    monkeypatch.setattr(forms, "MOST_FILES", most)
    client = signed_in(cast.mira)
    assert upload(client, a_txt=b"one", b_txt=b"two").status_code == 422
    assert client.post(PATH, {}).status_code == 422
    assert not Document.objects.exists()


def test_members_read_a_document_and_nobody_else_does(cast: Cast) -> None:
    row = make_document(cast.campaign, text="<script>1</script>\n\n" + "Long. " * 400, address="https://example.org/a")
    assert (
        "**" not in signed_in(cast.ana).get(f"{PATH}{make_document(cast.campaign, text='**a**').pk}/").content.decode()
    )
    other = make_document(make_cast(slug="other").campaign)
    for user in (cast.ana, cast.rita, cast.mira):
        shown = signed_in(user).get(f"{PATH}{row.pk}/").content.decode()
        assert "&lt;script&gt;1&lt;/script&gt;" in shown
        assert 'id="p2"' in shown
        assert 'href="https://example.org/a"' in shown
    assert signed_in(cast.stranger).get(f"{PATH}{row.pk}/").status_code == 404
    assert signed_in(cast.ana).get(f"{PATH}{other.pk}/").status_code == 404
    documents.retire(campaign=cast.campaign, document_id=row.pk, actor=cast.mira)
    assert "it is found no more" in signed_in(cast.ana).get(f"{PATH}{row.pk}/").content.decode()


def address(page: HttpResponse, what: str) -> str:
    return f"/claims/{page.context['page']['id']}/{what}"


def test_a_factual_pair_is_searched_cited_and_judged_without_a_script(cast: Cast) -> None:
    row = make_document(cast.campaign, "Leap <i>years", "2000 was <b>one</b>.", address="https://www.example.org/leap")
    make_assistance(make_pair(cast.campaign), "attributes", FACTS, engine="imported")
    client = signed_in(cast.ana)
    page = start(client)
    assert str(citing.MISSING["search"]) in page.content.decode()
    filled = {"preference": "equal", "confidence": "2", "reason": "Both are right (E1)."}
    assert send(client, page, "judgement", **filled).status_code == 422
    client.post(address(page, "tools"), {"kind": "search", "query": "leap <year>", "where": "documents"})
    assert running.run_one()
    shown = client.get(address(page, "evidence")).content.decode()
    assert f'href="{PATH}{row.pk}/#p1"' in shown
    for text in (
        "“leap &lt;year&gt;”",
        "1 result",
        "2000 was &lt;b&gt;one&lt;/b&gt;.",
        "example.org",
        "in the documents",
    ):
        assert text in shown, text
    assert str(citing.MISSING["search"]) not in shown
    send(client, page, "judgement", **filled)
    assert Judgement.objects.get().evidence == [ToolRun.objects.get().pk]


def test_results_of_the_web_are_links_that_tell_nobody_who_asked(cast: Cast) -> None:
    make_pair(cast.campaign)
    client = signed_in(cast.ana)
    page = start(client)
    assert 'data-tool="search"' not in page.content.decode(), "there is nowhere to search"
    client.post(address(page, "tools"), {"kind": "search", "query": "leap"})
    work = runs.lease()
    assert work is not None
    hostile = {"title": "<img src=x>", "address": "https://example.org/?a=1&b=\"'", "snippet": "</p><script>"}
    bare = {"title": "No address", "address": "", "snippet": ""}
    runs.record(work=work, status="finished", output={"results": [hostile, bare], "note": ""})
    shown = client.get(address(page, "evidence")).content.decode()
    assert 'rel="noopener noreferrer">&lt;img src=x&gt;</a>' in shown
    assert "<script>" not in shown
    assert "<strong>No address</strong>" in shown


def test_where_nobody_can_search_the_page_says_that_it_is_waived(cast: Cast, settings: Any) -> None:
    make_assistance(make_pair(cast.campaign), "attributes", FACTS, engine="imported")
    client = signed_in(cast.ana)
    page = start(client)
    assert str(citing.WAIVED) in page.content.decode()
    settings.SEARCH_URL = "http://127.0.0.1:1/"
    again = client.get(address(page, "")).content.decode()
    assert str(citing.WAIVED) not in again
    assert str(citing.MISSING["search"]) in again
    assert 'data-tool="search"' in again
    settings.SEARCH_URL = ""
    send(client, page, "judgement", preference="equal", confidence="2", reason="Both are right.")
    assert Judgement.objects.get().waived == ["search"]


def test_a_reviewer_opens_what_was_found() -> None:
    cast = make_cast(third=False)
    row = make_document(cast.campaign)
    make_pair(cast.campaign)
    for user, choice in ((cast.ana, "equal"), (cast.ben, "broken")):
        client = signed_in(user)
        page = start(client)
        client.post(address(page, "tools"), {"kind": "search", "query": "leap"})
        assert running.run_one()
        verdict = send(client, page, "judgement", preference=choice, confidence="1", reason="E1")
        send(client, verdict, "verdict", attested="on")
    pair = ToolRun.objects.first().pair_id
    shown = signed_in(cast.rita).get(f"/campaigns/bench/disputes/{pair}/").content.decode()
    assert shown.count(f'href="{PATH}{row.pk}/#p1"') == 2


def test_nothing_of_other_campaigns_or_of_who_uploaded_is_in_what_is_found(cast: Cast) -> None:
    other = make_cast(slug="other")
    documents.upload(campaign=other.campaign, actor=other.mira, file=BytesIO(b"bait-leap-quokka"), name="bait.txt")
    retired = make_document(cast.campaign, "bait-retired-numbat", "leap")
    documents.retire(campaign=cast.campaign, document_id=retired.pk, actor=cast.mira)
    documents.upload(campaign=cast.campaign, actor=cast.mira, file=BytesIO(b"leap"), name="good-name.txt")
    make_pair(cast.campaign)
    client = signed_in(cast.ana)
    page = start(client)
    client.post(address(page, "tools"), {"kind": "search", "query": "leap bait quokka numbat"})
    assert running.run_one()
    shown = client.get(address(page, "evidence")).content + client.get(address(page, "")).content
    assert b"good-name" in shown
    for bait in (b"bait-leap-quokka", b"bait-retired-numbat", b"mira"):
        assert bait not in shown
