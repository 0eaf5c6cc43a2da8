"""Search in documents: the right passage first, the same on both databases, nothing of anybody else's."""

from math import log

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotate.domain import documents, finding
from annotate.models import Campaign, Document
from tests.cast import make_cast, make_document

pytestmark = pytest.mark.django_db
TEXTS = {
    "Leap years": "A year divisible by 100 is a leap year only if 400 divides it. So 2000 was one, and 2100 is none.",
    "Calendar": "The year has twelve months. Leap seconds are another matter.",
    "珠穆朗玛峰": "2020年12月8日，中国和尼泊尔共同宣布，珠穆朗玛峰的最新高度为8848.86米。",
    "السنة الهجرية": "السنة الهجرية ٣٥٤ أو ٣٥٥ يوما.",
    "Noise": "Bread rises because yeast makes gas. " * 30,
}


@pytest.fixture
def campaign() -> Campaign:
    campaign = make_cast().campaign
    for title, text in TEXTS.items():
        make_document(campaign, title, text)
    return campaign


def titles(campaign: Campaign, query: str) -> list[str]:
    return [result["title"] for result in finding.find(campaign_id=campaign.pk, query=query).results]


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("Is 2100 a leap year?", "Leap years"),
        ("leap SECONDS", "Calendar"),
        ("months of a year", "Calendar"),
        ("珠峰 高度 公布", "珠穆朗玛峰"),
        ("8848.86", "珠穆朗玛峰"),
        ("الهجرية 354", "السنة الهجرية"),
        ("yeasts", "Noise"),
        ('"; DROP TABLE annotate_passage; -- 2100', "Leap years"),
        ("2100 NEAR( AND * OR :* & | ! '", "Leap years"),
    ],
)
def test_the_best_passage_comes_first(campaign: Campaign, query: str, best: str) -> None:
    assert titles(campaign, query)[0] == best


@pytest.mark.parametrize("query", ["zebra", "—", "🙂", "\x00", "the"])
def test_what_is_nowhere_is_not_found(campaign: Campaign, query: str) -> None:
    assert titles(campaign, query) in ([], ["Calendar"])  # "the" stands there


def test_the_score_is_bm25() -> None:
    campaign = make_cast().campaign
    make_document(campaign, "one", "leap leap year")
    make_document(campaign, "two", "year month")
    idf = {"leap": log(1 + (2 - 1 + 0.5) / (1 + 0.5))}
    stored = "one leap leap year"
    mean = (len(stored) + len("two year month")) / 2
    slack = 1.2 * (1 - 0.75 + 0.75 * len(stored) / mean)
    assert finding._score(stored, idf, mean) == round(idf["leap"] * 2 * 2.2 / (2 + slack), 9)
    assert titles(campaign, "leap") == ["one"]


def test_other_campaigns_and_what_is_retired_are_not_found_and_change_nothing(campaign: Campaign) -> None:
    before = finding.find(campaign_id=campaign.pk, query="leap year 2100")
    other = make_cast(slug="other").campaign
    make_document(other, "Leap years too", "2100 leap year " * 40)
    assert finding.find(campaign_id=campaign.pk, query="leap year 2100") == before
    assert titles(other, "bread") == []
    row = Document.objects.get(campaign=campaign, title="Leap years")
    documents.retire(campaign=campaign, document_id=row.pk, actor=make_cast(slug="third").mira)
    after = finding.find(campaign_id=campaign.pk, query="leap year 2100")
    assert "Leap years" not in [result["title"] for result in after.results]
    assert after.index != before.index


def test_one_document_does_not_fill_the_list(campaign: Campaign) -> None:
    make_document(campaign, "Long", "\n\n".join(f"Yeast {n} " + "and bread " * 90 for n in range(30)))
    found = titles(campaign, "yeast bread")
    assert (found.count("Long"), found.count("Noise")) == (2, 1)


def test_a_snippet_shows_what_was_asked_for(campaign: Campaign) -> None:
    text = "filler words here " * 30 + "the summit is 8848 m high " + "more filler words " * 20
    (result,) = finding.find(campaign_id=make_document(campaign, "Peak", text).campaign_id, query="summit").results
    assert "the summit is 8848 m high" in result["snippet"]
    assert (len(result["snippet"]) <= finding.SNIPPET + 2, result["snippet"][0], result["snippet"][-1]) == (
        True,
        "…",
        "…",
    )


def test_a_large_index_takes_as_many_statements(campaign: Campaign) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert titles(campaign, "bread and yeast")
        return len(captured)

    few = statements()
    for number in range(60):
        make_document(campaign, f"Bread {number}", f"Yeast number {number} in bread.")
    assert statements() == few <= 6
    assert len(titles(campaign, "bread and yeast")) == finding.RESULTS


def test_nothing_is_found_where_nothing_is() -> None:
    found = finding.find(campaign_id=make_cast().campaign.pk, query="leap")
    assert (found.results, found.index) == ([], "0 documents, 0 passages, newest 0, 0 retired; 10 results")
