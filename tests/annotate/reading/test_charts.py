"""Charts: drawn once for the same content, in the colours of the page, with no style and no script of their own."""

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.core.cache import cache

from annotate.reading.charts import svg

BARS: dict[str, Any] = {
    "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
    "data": {"values": [{"of": "<script>alert(1)</script>", "n": 3}, {"of": "b", "n": 5}]},
    "mark": {"type": "bar", "color": "var(--gold)"},
    "encoding": {"x": {"field": "n", "type": "quantitative"}, "y": {"field": "of", "type": "nominal"}},
}


@dataclass
class Drawing:
    """What an Altair chart is to us."""

    specification: dict[str, Any]

    def to_json(self, **how: Any) -> str:
        return json.dumps(self.specification)


def test_a_chart_takes_the_colours_of_the_page_and_escapes_its_texts() -> None:
    drawn = svg(Drawing(BARS))
    assert drawn.startswith("<svg")
    assert drawn.count('fill="var(--gold)"') == 2
    assert not re.search(r'(?:fill|stroke)="(?!none|transparent|var\()[^"]+"', drawn)
    assert "style=" not in drawn
    assert "<script" not in drawn
    assert " role=" not in drawn
    assert " aria-" not in drawn
    assert "&lt;script&gt;" in drawn


def test_the_same_chart_is_not_drawn_again() -> None:
    chart = Drawing({"mark": "nothing that could be drawn"})
    cache.set(f"chart-{sha256(chart.to_json().encode()).hexdigest()}", "<svg>kept</svg>")
    assert svg(chart) == "<svg>kept</svg>"
