"""What the pages say to annotate.reading. Context values are plain dicts, never models."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.forms import BaseForm
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from annotate.reading import Turn, corrected, render_markdown, render_messages
from annotate.reading.counts import Counts, count
from annotate.reading.names import name_of
from annotate.reading.scale import CONFIDENCES, STEPS, WAYS_OUT, describe, describe_choice, preference_of
from annotate.reading.sheets import Sheets, render_sheets

DIFFERENCES = {
    "answer": gettext_lazy("answer"),
    "number": gettext_lazy("number"),
    "code": gettext_lazy("code"),
    "missing": gettext_lazy("on one side only"),
    "wording": gettext_lazy("wording"),
}

FOUND = {
    "boxed": gettext_lazy("boxed"),
    "said": gettext_lazy("said to be the answer"),
    "formula": gettext_lazy("its last formula"),
    "bold": gettext_lazy("its last figure in bold"),
}

register = template.Library()

STATUSES = {
    "waiting": gettext_lazy("waiting"),
    "finished": gettext_lazy("finished"),
    "failed": gettext_lazy("failed"),
    "timeout": gettext_lazy("took too long"),
    "overflow": gettext_lazy("wrote too much"),
    "refused": gettext_lazy("did not run"),
    "stopped": gettext_lazy("stopped by you"),
}


ANSWERED = {
    "waiting": gettext_lazy("answering"),
    "finished": gettext_lazy("a language model answered"),
    "overflow": gettext_lazy("too long, cut off"),
}
PARTS = {
    "conversation": gettext_lazy("the conversation"),
    "left": gettext_lazy("left"),
    "right": gettext_lazy("right"),
}


@register.filter
def markdown(text: str | None) -> SafeString:
    return render_markdown(text or "")


@register.filter
def turns(messages: Sequence[Mapping[str, str]]) -> list[Turn]:
    return render_messages(messages)


@register.simple_tag
def sheets(pair: Mapping[str, Any]) -> Sheets:
    """Both responses and the neutral differences between them, ready for a page."""
    return render_sheets(pair["left"], pair["right"], pair["differences"] or ())


@register.filter
def counts(messages: Sequence[Mapping[str, str]]) -> Counts:
    return count([message["content"] for message in messages])


@register.filter
def chips(pair: Mapping[str, Any]) -> list[dict[str, Any]]:
    return corrected.chips(pair)


@register.filter
def attribute_fields(pair: Mapping[str, Any]) -> list[dict[str, Any]]:
    return corrected.fields(pair)


@register.filter
def edits(entry: Mapping[str, str]) -> list[tuple[str, str]]:
    return list(corrected.edits(entry["was"], entry["value"]))


@register.simple_tag(takes_context=True)
def marks(context: Mapping[str, Any], page: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The wanted qualities, with what was recorded of them or came with a refused form."""
    form, judgement = context.get("form"), page.get("judgement")
    posted = form.data if form is not None and form.is_bound else {}
    return corrected.marks(page["pair"].get("wanted", ()), (judgement or {}).get("checks", ()), posted)


@register.simple_tag
def recorded_marks(judgement: Mapping[str, Any]) -> list[dict[str, Any]]:
    return corrected.marks((), judgement["checks"], {})


@register.filter
def sides(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(side, row[side]) for side in ("left", "right")]


@register.filter
def mark_name(side: str, mark: str) -> str:
    return corrected.mark_name(side, mark)


@register.filter
def difference_name(what: str) -> str:
    return str(DIFFERENCES.get(what, what))


@register.filter
def named(value: str) -> str:
    return name_of(value)


@register.filter
def in_words(judgement: Mapping[str, Any]) -> str:
    return describe(judgement)


@register.filter
def choice_name(choice: str) -> str:
    """A choice as a page shows it, without a strength: which response is right."""
    names = {"left": _("Left is better"), "right": _("Right is better")}
    return names.get(choice) or describe_choice(choice)


@register.filter
def slice_name(value: str) -> str:
    """A slice of figures: values of attributes by their names, two writers with a sign between them."""
    known = {"unknown": _("not said"), "alike": _("alike"), "up to 1.5x": _("up to 1.5 times")}
    known |= {"up to 2x": _("up to twice"), "over 2x": _("over twice")}
    return str(known.get(value, name_of(value))).replace("|", " · ")


@register.filter
def percent(share: float) -> str:
    return f"{100 * share:.0f}"


@register.filter
def interval(figure: Mapping[str, float]) -> dict[str, float]:
    """Where value and ends stand between 0 and 100; what is below chance stands at 0."""
    return {name: round(100 * min(max(figure[name], 0), 1), 1) for name in ("low", "value", "high")}


@register.filter
def minutes(seconds: float) -> int:
    return max(int(seconds) // 60, 0)


@register.simple_tag
def ballot(page: Mapping[str, Any], form: BaseForm) -> dict[str, Any]:
    """What the dock shows: the scale, what stands chosen, and at the verdict what was chosen first.

    A verdict starts from the person's own judgement and nothing else; what they posted wins over both.
    """
    judgement = page.get("judgement")
    first = preference_of(judgement["choice"], judgement["strength"]) if judgement else ""
    sure = str(judgement["confidence"]) if judgement else ""
    return {
        "steps": STEPS,
        "ways_out": WAYS_OUT,
        "confidences": CONFIDENCES,
        "first": first,
        "chosen": _posted(form, "preference") or first,
        "sure": _posted(form, "confidence") or sure,
    }


def _posted(form: BaseForm, name: str) -> str:
    value = form[name].value() if form.is_bound else None
    return "" if value is None else str(value)


@register.filter
def rate(switches: Mapping[str, int]) -> str:
    """The share of verdicts after a reveal that went over to another choice; a dash where there were none."""
    return f"{switches['switched'] / switches['revealed']:.0%}" if switches["revealed"] else "–"


@register.filter
def surer(reward: Mapping[str, float]) -> str:
    """The probability of the side the reward model prefers, which is never under one half."""
    return f"{max(reward['p_left'], 1 - reward['p_left']):.2f}"


@register.filter
def run_title(run: Mapping[str, Any]) -> str:
    """What was run, in a few words."""
    given = run["input"]
    if "answer" in given:
        return _answers_title(given)
    if run["kind"] == "maths":
        words = f"{given['expression']} | {given['other']}" if given["other"] else str(given["expression"])
        return _short(words)
    if run["kind"] == "search":
        return f"“{_short(str(given['query']))}”"
    if run["kind"] == "llm":
        return _short(" ".join(given["question"].split()))
    block, language = given["block"], given["language"]
    if block is None:
        return _("Own code, %(language)s") % {"language": language}
    title = _("Left, block %(n)d") if block["side"] == "left" else _("Right, block %(n)d")
    return (_("%(block)s with a test") if given["own"] else "%(block)s") % {"block": title % {"n": block["number"]}}


def _answers_title(given: Mapping[str, Any]) -> str:
    """Both final answers, the left one first, or one and what it is compared with."""
    names = {"left": _("Left"), "right": _("Right")}
    sides = [f"{names[side]}: {_short(given[side])}" for side in names if side in given]
    return " | ".join([*sides, *([_short(given["other"])] if "other" in given else [])])


def _short(words: str) -> str:
    return words if len(words) <= 120 else words[:119] + "…"


@register.filter
def found_how(how: str) -> str:
    return str(FOUND[how])


@register.filter
def run_status(run: Mapping[str, Any]) -> str:
    """How it ended. A check that ran says what it found; one that failed is only that."""
    if run["kind"] == "search" and run["status"] == "finished":
        count = len(run["output"]["results"])
        return ngettext("%(n)d result", "%(n)d results", count) % {"n": count} if count else _("nothing found")
    if run["kind"] == "llm":
        return str(ANSWERED.get(run["status"]) or STATUSES[run["status"]])
    holds = (run["output"] or {}).get("holds", "")
    if run["kind"] == "maths" and run["status"] == "finished" and holds != "":
        if run["output"]["check"] in ("compare", "answers"):
            return {True: _("the same"), False: _("not the same"), None: _("cannot tell")}[holds]
        return {True: _("holds"), False: _("does not hold"), None: _("cannot tell")}[holds]
    return str(STATUSES[run["status"]])


@register.filter
def run_tone(run: Mapping[str, Any]) -> str:
    if run["kind"] == "llm" and run["status"] in ("finished", "stopped"):
        return "muted"  # that a model said something is no good sign yet
    return {"finished": "good", "waiting": "muted"}.get(run["status"], "bad")


@register.filter
def part_names(parts: Sequence[str]) -> str:
    """What of the pair was put before a question."""
    return _(", ").join(str(PARTS[part]) for part in parts)


@register.filter
def of(rows: Mapping[int, Any], key: int) -> Any:
    return rows.get(key)


@register.filter
def web(address: str) -> str:
    """The address of a web page; "" for any other, which no link may lead to."""
    return address if address.lower().startswith(("http://", "https://")) else ""


@register.filter
def host(address: str) -> str:
    """Whose page an address leads to."""
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
