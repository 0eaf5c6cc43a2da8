"""Charts as SVG inside the page: drawn on the server, coloured by the page's own custom properties.

An Altair chart names colours as `var(--gold)`; light and dark are then the style sheet's business. What is drawn has no
style attribute and no script, so the policy of the pages holds. Whatever a chart shows stands in a table beside it.
"""

import re
from hashlib import sha256
from typing import Any, Protocol

from django.core.cache import cache
from django.utils.safestring import SafeString, mark_safe

INK, QUIET, LINE = "var(--ink)", "var(--ink-2)", "var(--line)"
CONFIG = {
    "background": None,
    "font": "inherit",
    "view": {"stroke": None},
    "axis": {
        "labelColor": QUIET, "titleColor": QUIET, "gridColor": LINE, "domainColor": LINE, "tickColor": LINE,
        "labelFontSize": 13, "titleFontSize": 13, "titleFontWeight": "normal",
    },
    "legend": {"labelColor": INK, "titleColor": QUIET, "labelFontSize": 13, "labelLimit": 320, "symbolSize": 90},
}  # fmt: skip
A_DAY = 86_400
# Vega names every mark for itself; the figure around it has one name, and its numbers are in the table.
SPOKEN = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"(?=[^<>]*>)')


class Drawing(Protocol):
    """An Altair chart."""

    def to_json(self, *, indent: Any, sort_keys: bool) -> str: ...


def svg(chart: "Drawing") -> SafeString:
    """The chart, drawn once a day for the same content: the first one in a process takes seconds."""
    import vl_convert

    specification = chart.to_json(indent=None, sort_keys=True)
    key = f"chart-{sha256(specification.encode()).hexdigest()}"
    drawn: str | None = cache.get(key)
    if drawn is None:
        drawn = SPOKEN.sub("", vl_convert.vegalite_to_svg(specification, config=CONFIG))
        cache.set(key, drawn, A_DAY)
    return mark_safe(drawn)  # noqa: S308 Vega escapes the texts it sets
