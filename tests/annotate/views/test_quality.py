"""The page of figures on agreement: what a worker stored, by slice, for who reviews and manages."""

import csv

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotate.domain import quality
from annotate.domain.errors import Invalid
from annotate.models import Figure
from tests.annotate.views.browsing import signed_in
from tests.cast import ATTRIBUTES, Cast, make_assistance, make_cast, make_pair
from tests.figures import make_slice
from tests.gold import decide
from workers.figures import refresh

pytestmark = pytest.mark.django_db
PAGE = "/campaigns/bench/quality/"


@pytest.fixture
def cast() -> Cast:
    """Three pairs of two categories; ana and ben differ on the one of planning."""
    cast = make_cast(third=False)
    for number, category in enumerate(("editing", "editing", "planning"), 1):
        make_assistance(make_pair(cast.campaign, number), "attributes", ATTRIBUTES | {"task_category": category})
    for user, choices in ((cast.ana, "aba"), (cast.ben, "abb")):
        for choice in choices:
            decide(cast, user, choice)
    return cast


def test_what_the_worker_computed_stands_in_the_table(cast: Cast) -> None:
    assert "Nothing is computed yet" in signed_in(cast.mira).get(PAGE).content.decode()
    refresh(campaign_id=cast.campaign.pk)
    table = quality.table(campaign=cast.campaign, dimension="task_category")
    same = quality.COLUMNS.index(("judgements", "percent_agreement"))
    assert table["whole"]["pairs"] == 3
    assert table["whole"]["figures"][same]["value"] == pytest.approx(2 / 3)
    assert [(row["slice"], row["pairs"], row["figures"][same]["value"]) for row in table["slices"]] == [
        ("editing", 2, 1.0), ("planning", 1, 0.0),
    ]  # fmt: skip
    page = signed_in(cast.rita).get(PAGE).content.decode()
    assert "67 %" in page
    assert "All pairs" in page


def test_people_have_their_names_and_weeks_the_newest_first(cast: Cast) -> None:
    refresh(campaign_id=cast.campaign.pk)
    people = quality.table(campaign=cast.campaign, dimension="annotator")["slices"]
    assert {row["slice"] for row in people} == {"ana", "ben"}
    make_slice(cast.campaign, "week", "2020-W01", items=500)
    weeks = [row["slice"] for row in quality.table(campaign=cast.campaign, dimension="week")["slices"]]
    assert weeks == sorted(weeks, reverse=True)
    assert len(weeks) == 2


def test_a_page_is_short_and_costs_the_same_however_many_slices_there_are(cast: Cast) -> None:
    refresh(campaign_id=cast.campaign.pk)
    client = signed_in(cast.mira)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(f"{PAGE}?by=writers")
    for number in range(quality.SHOWN + 3):
        make_slice(cast.campaign, "writers", f"m{number}|n", items=number + 1)
    with CaptureQueriesContext(connection) as many:
        page = client.get(f"{PAGE}?by=writers")
    assert len(many) == len(few)
    assert len(page.context["table"]["slices"]) == quality.SHOWN
    assert page.context["table"]["slices"][0]["slice"] == f"m{quality.SHOWN + 2}|n"
    assert "3 slices more are in the file." in page.content.decode()


def test_the_file_has_every_figure(cast: Cast) -> None:
    refresh(campaign_id=cast.campaign.pk)
    answer = signed_in(cast.rita).get(f"{PAGE}figures.csv")
    rows = list(csv.DictReader(b"".join(answer.streaming_content).decode().splitlines()))
    assert len(rows) == Figure.objects.filter(campaign=cast.campaign).count() > 0
    whole = [row for row in rows if (row["fact"], row["dimension"]) == ("judgements", "")]
    assert {row["coefficient"]: row["items"] for row in whole}["percent_agreement"] == "3"


def test_annotators_do_not_see_it_and_nonsense_is_refused(cast: Cast) -> None:
    assert signed_in(cast.ana).get(PAGE).status_code == 403
    assert signed_in(cast.ana).get(f"{PAGE}figures.csv").status_code == 403
    assert signed_in(cast.rita).get(f"{PAGE}?by=password").status_code == 422
    with pytest.raises(Invalid):
        quality.table(campaign=cast.campaign, dimension="people")
