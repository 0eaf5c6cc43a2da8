"""The page of benchmarks: who sees it, its table, and a chart that the strict policy lets through."""

import re

import pytest

from annotate.models import User
from curation.benchmarks.published import TITLES
from tests.annotate.views.browsing import signed_in
from tests.benchmarks import make_result, make_results
from tests.cast import make_cast, make_user

pytestmark = pytest.mark.django_db


def page(user: User) -> str:
    answer = signed_in(user).get("/benchmarks/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_managers_and_the_operator_see_it_and_nobody_else() -> None:
    cast = make_cast()
    assert "No result is recorded yet" in page(cast.mira)
    root = make_user("root")
    root.is_superuser = True
    root.save()
    assert "No result is recorded yet" in page(root)
    for user in (cast.ana, cast.rita, cast.stranger):
        assert signed_in(user).get("/benchmarks/").status_code == 403
        assert "/benchmarks/" not in signed_in(user).get("/").content.decode()
    assert "/benchmarks/" in signed_in(cast.mira).get("/").content.decode()


def test_models_stand_beside_the_published_ones_with_chart_and_numbers() -> None:
    cast = make_cast()
    make_results("our-<b>rm</b> & co", 60.04, by="mira")
    make_result("our-half", "rewardbench", 42.0, missing=["hep-go"], notes=["No data for hep-go."])
    html = page(cast.mira)
    assert "our-&lt;b&gt;rm&lt;/b&gt; &amp; co" in html
    assert "<b>rm" not in html
    for place, title in enumerate(TITLES.values()):
        assert f'data-label="{title}">{60.0 + place:.1f}<' in html
    assert "<strong>63.0</strong>" in html
    assert "88.6" in html
    assert "No data for hep-go." in html
    chart = html[html.index("<svg class") if "<svg class" in html else html.index("<svg") :]
    chart = chart[: chart.index("</svg>")]
    assert "our-half" not in chart
    assert chart.count("var(--gold)") >= 7
    assert "style=" not in chart
    assert "<script" not in chart
    assert not re.search(r'(?:fill|stroke)="(?!none|transparent|var\()[^"]+"', chart)
