"""Results on public benchmarks, beside what was published."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from annotate.domain import access
from annotate.domain import benchmarks as domain
from annotate.domain.benchmarks import Compared
from annotate.models import BenchmarkResult
from annotate.reading.charts import svg
from annotate.views.requests import SignedIn
from curation.benchmarks.published import TITLES, USES_MEAN

OURS = ("var(--gold)", "var(--left)", "var(--right)", "var(--good)", "var(--bad)")
SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down")


@require_GET
@login_required
def benchmarks(request: SignedIn) -> HttpResponse:
    access.require_to_read_benchmarks(user=request.user)
    models, results = domain.compared(), domain.newest()
    shown = {
        "titles": [{"title": title, "mean": name in USES_MEAN} for name, title in TITLES.items()],
        "models": [_row(one) for one in models],
        "results": [_show(one) for one in results],
        "most": domain.NEWEST if len(results) == domain.NEWEST else 0,
        "chart": _chart(models) if any(not one.published for one in models) else "",
    }
    return render(request, "benchmarks.html", shown)


def _row(one: Compared) -> dict[str, Any]:
    cells = [{"title": title, "percent": one.percent.get(name)} for name, title in TITLES.items()]
    return {"name": one.model, "published": one.published, "cells": cells, "mean": one.mean}


def _show(result: BenchmarkResult) -> dict[str, Any]:
    return {
        "benchmark": TITLES.get(result.benchmark, result.benchmark),
        "model": result.model,
        "revision": result.revision,
        "overall": result.overall,
        "macro": result.macro if result.macro != result.overall else None,
        "n": result.n,
        "complete": result.complete,
        "answered": result.get_answered_display(),
        "recorded": result.recorded,
        "by": result.recorded_by.username if result.recorded_by else "",
        "data": result.data,
        "answers": result.answers,
        "remarks": result.report.get("notes", []),
    }


def _chart(models: Sequence[Compared]) -> SafeString:
    """A row a benchmark, a point a model: ours filled and coloured, the published ones open and grey."""
    import altair as alt

    rows = [
        {"benchmark": TITLES[name], "model": one.model, "percent": value}
        for one in reversed(models)  # ours are drawn last, over the others
        for name, value in one.percent.items()
    ]
    percent = alt.X("percent:Q", title=_("percent"), scale=alt.Scale(zero=False, nice=True))
    benchmark = alt.Y("benchmark:N", title=None, sort=list(TITLES.values()), axis=alt.Axis(grid=True))
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_point(size=90, strokeWidth=2, opacity=1)
        .encode(x=percent, y=benchmark, **_marks(models))
        .properties(width=520, height=300)
    )
    return svg(chart)


def _marks(models: Sequence[Compared]) -> dict[str, Any]:
    """Which point is whose: one legend for line, filling and shape."""
    import altair as alt

    names, ours = [one.model for one in models], [one for one in models if not one.published]
    others = len(models) - len(ours)
    colours = [*OURS[: len(ours)], *["var(--ink-3)"] * others]
    fillings = [*OURS[: len(ours)], *["var(--sheet)"] * others]
    shapes = [*SHAPES[: len(ours)], *SHAPES[:others]]
    legend = alt.Legend(title=None, orient="bottom", columns=1, direction="vertical")
    return {
        "stroke": alt.Stroke("model:N", scale=alt.Scale(domain=names, range=colours), legend=legend),
        "fill": alt.Fill("model:N", scale=alt.Scale(domain=names, range=fillings), legend=legend),
        "shape": alt.Shape("model:N", scale=alt.Scale(domain=names, range=shapes), legend=legend),
    }
