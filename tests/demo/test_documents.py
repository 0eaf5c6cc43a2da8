"""The demo's documents: what the facts of its pairs depend on is found by asking as a person would."""

from pathlib import Path

import pytest

from annotate.domain import documents, finding
from annotate.management.commands.demo import DOCUMENTS, upload
from annotate.models import Campaign
from tests.cast import make_cast

QUESTIONS = {
    "is 2100 a leap year": "leap-years.md",
    "which product grew most in percent": "percentages-and-means.md",
    "can I mix bleach and vinegar": "cleaning-products.md",
    "pasteurised honey 8 months baby": "honey-and-infants.md",
    "empty field csv ValueError": "csv-in-python.md",
    "guaranteed 3 % a week": "investment-fraud.md",
    "珠穆朗玛峰最新公布的高度": "everest-height.md",
    "clinic mild severe cured in total": "simpsons-paradox.md",
    "السنة الهجرية رمضان": "hijri-year.md",
    "join multiplies sum of pages awards": "sql-joins.md",
    "ibuprofen maximum per day": "ibuprofen.md",
    "HTTP 304 body": "http-304.md",
    "median of salaries": "percentages-and-means.md",
    "did Einstein fail mathematics": "einstein-and-mathematics.md",
}


@pytest.fixture
def campaign() -> Campaign:
    campaign = make_cast().campaign
    upload(campaign)
    return campaign


@pytest.mark.django_db
@pytest.mark.parametrize("question", QUESTIONS)
def test_the_right_one_is_found(campaign: Campaign, question: str) -> None:
    found = finding.find(campaign_id=campaign.pk, query=question).results
    row = campaign.documents.get(pk=found[0]["document"])
    assert row.source == QUESTIONS[question]


@pytest.mark.django_db
def test_every_file_is_one_document_with_a_title(campaign: Campaign) -> None:
    files = sorted(path.name for path in Path(DOCUMENTS).glob("*"))
    assert sorted(row.source for row in documents.listed(campaign=campaign)) == files
    assert len(files) == 20
