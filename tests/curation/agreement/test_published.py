"""Every published coefficient to the digits it was printed with. The tables stand beside the repository, not in it:
their licence is not known, so without them these tests are skipped."""

import json
from typing import Any

import numpy as np
import pytest

from curation.agreement.fleiss import fleiss
from curation.agreement.report import nominal
from curation.agreement.votes import Votes
from tests.curation.reading import shared

TABLES = ("cac.raw4raters", "distrib.6raters", "cont3x3abstractors")


def table(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shared("agreement/published.json").read_text())[name]
    return found


def votes_in(given: dict[str, Any]) -> Votes:
    """Of the three ways in which tables are printed: ratings by person, counts by label, two people crossed."""
    if "rows" in given:
        cells = ((task, worker, label) for task, row in enumerate(given["rows"]) for worker, label in enumerate(row))
        return Votes.of((str(task), str(worker), str(label)) for task, worker, label in cells if label is not None)
    if "counts" in given:
        rows = [np.repeat(given["columns"], row) for row in given["counts"]]
        return Votes.of((str(task), str(at), str(one)) for task, row in enumerate(rows) for at, one in enumerate(row))
    crossed = [
        (one, other) for one, row in enumerate(given["table"]) for other, often in enumerate(row) for _ in range(often)
    ]
    return Votes.of((str(task), who, str(pair[at])) for task, pair in enumerate(crossed) for at, who in enumerate("xy"))


@pytest.mark.parametrize("name", TABLES)
def test_as_published(name: str) -> None:
    given = table(name)
    votes = votes_in(given)
    found = nominal(votes)
    ours = {
        "percent": found["percent_agreement"],
        "gwet_ac1": found["gwet_ac1"],
        "fleiss": found["fleiss_kappa"],
        "fleiss_generalised": found["fleiss_generalised"],
        "krippendorff_nominal": found["krippendorff_alpha"]["nominal"],
        "brennan_prediger": found["brennan_prediger"],
        "cohen_kappa": (found["cohen_kappa"] or {}).get("x|y"),
        "scott_pi": fleiss(votes.counts()),  # Fleiss' kappa of two people
    }
    printed = given["published"]
    assert {name: printed_like(ours[name], value) for name, value in printed.items()} == printed
    assert (found["fleiss_kappa"] is None) == (name == "cac.raw4raters")


def printed_like(value: float, printed: float) -> float:
    return round(value, len(str(printed).partition(".")[2]))
