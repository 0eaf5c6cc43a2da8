"""How the page of engines says numbers, times and health."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

register = template.Library()

HEALTH = {
    "working": gettext_lazy("working"),
    "queued": gettext_lazy("waits for a worker"),
    "waiting": gettext_lazy("tries again soon"),
    "behind": gettext_lazy("waits for other kinds"),
    "untended": gettext_lazy("nobody works on it"),
    "unnamed": gettext_lazy("no setting names it"),
    "spent": gettext_lazy("budget spent"),
    "failed": gettext_lazy("done but for failures"),
    "done": gettext_lazy("done"),
    "idle": gettext_lazy("nothing to do"),
    "brought": gettext_lazy("came with the data"),
}
ADVICE = {
    "untended": gettext_lazy("Rows wait and no worker takes them. Start one, or look at its log."),
    "unnamed": gettext_lazy("The settings no longer have this line: name it again, or leave its rows."),
    "spent": gettext_lazy("It goes on at midnight UTC, or with a larger budget."),
}
TONES = {"working": "good", "untended": "bad", "unnamed": "bad", "spent": "bad", "failed": "bad", "waiting": "bad"}
SEES = {
    "conversation": gettext_lazy("the conversation"),
    "attributes": gettext_lazy("the attributes"),
    "guideline": gettext_lazy("the guideline"),
    "both responses": gettext_lazy("both responses"),
    "both responses in a drawn order": gettext_lazy("both responses, in an order drawn by lot"),
    "one response at a time": gettext_lazy("one response at a time"),
    "examples from gold": gettext_lazy("examples from gold"),
}
TALL = 20  # of the drawing of the last hour
UNITS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


@register.filter
def many(number: int) -> str:
    """1,234,567"""
    return f"{number:,}"


@register.filter
def short(number: float) -> str:
    """1.2 M, for what need not be read to the last digit."""
    for size, unit in UNITS:
        if number >= size:
            return f"{number / size:.3g} {unit}"
    return f"{number:.3g}" if number < 1000 else f"{number:,.0f}"


@register.filter
def lasting(seconds: int | None) -> str:
    """45 s, 12 min, 3 h 20 min, 2 d 4 h."""
    if seconds is None:
        return "–"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if seconds < 60:
        return _("%(n)d s") % {"n": seconds}
    if minutes < 60:
        return _("%(n)d min") % {"n": minutes}
    if hours < 24:
        return _("%(h)d h %(m)d min") % {"h": hours, "m": minutes % 60}
    return _("%(d)d d %(h)d h") % {"d": days, "h": hours % 24}


@register.filter
def ago(moment: datetime | None) -> str:
    if moment is None:
        return _("never")
    return _("%(time)s ago") % {"time": lasting(max(0, int((timezone.now() - moment).total_seconds())))}


@register.filter
def until(moment: datetime) -> str:
    return lasting(max(0, int((moment - timezone.now()).total_seconds())))


@register.filter
def health_name(health: str) -> str:
    return str(HEALTH[health])


@register.filter
def health_tone(health: str) -> str:
    return TONES.get(health, "muted")


@register.filter
def advice(health: str) -> str:
    return str(ADVICE.get(health, ""))


@register.filter
def seen(sees: Sequence[str]) -> str:
    """What an engine may see, in words."""
    return _(", ").join(str(SEES.get(one, one)) for one in sees)


@register.filter
def bars(minutes: Sequence[int]) -> list[dict[str, Any]]:
    """Where and how high the bars of the last hour stand; of minutes in which nothing came there is none."""
    most = max(minutes, default=0) or 1
    heights = [(at, max(1, round(TALL * came / most))) for at, came in enumerate(minutes) if came]
    return [{"x": 2 * at, "y": TALL - height, "height": height} for at, height in heights]


@register.filter
def share(used: float, budget: float | None) -> int:
    """In percent, at most 100."""
    return min(100, round(100 * used / budget)) if budget else 100


@register.filter
def options(settings: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return sorted(settings.items())
