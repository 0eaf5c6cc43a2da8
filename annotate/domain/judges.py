"""What models judged, merged within and across models, and how much the position of a candidate moved them."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from annotate.domain import progress
from annotate.domain.backends import base
from annotate.models import Assistance, Campaign
from annotate.models.assistance import AssistanceState
from curation.votes import UNDECIDED, Position, Vote, across

Shown = dict[str, Any]
CANDIDATE = re.compile(r"\b[Cc]andidate ([12])\b")
RIGHT, WRONG = "correct", "incorrect"


def newest(rows: Iterable[Assistance]) -> list[Assistance]:
    """Of each engine the newest answer that is there: what was computed anew stands for what it was before."""
    done = (row for row in rows if row.state == AssistanceState.DONE and row.payload is not None)
    found = {base(row.engine): row for row in sorted(done, key=lambda row: row.pk)}
    return [found[name] for name in sorted(found)]


def judged(rows: Iterable[Assistance], sides: Mapping[str, str]) -> Shown | None:
    """The judges' votes, each model one, and what they come to. `sides` says where a and b stand."""
    judges = newest(rows)
    if not judges:
        return None
    votes = {row.engine: _vote(row.payload or {}) for row in judges}
    merged = across(votes)
    return {
        "favours": _shown(merged.choice, sides),
        "share": round(merged.share, 4),
        "models": [_model(row, sides) for row in judges],
    }


def _vote(payload: Mapping[str, Any]) -> Vote:
    return Vote(payload["choice"], payload["votes"], 0.0)


def _model(row: Assistance, sides: Mapping[str, str]) -> Shown:
    payload = row.payload or {}
    reasons = [one for one in payload["samples"] if one["choice"] == payload["choice"]]
    return {
        "model": row.model or row.engine,
        "choice": _shown(payload["choice"], sides),
        "votes": {_shown(choice, sides): count for choice, count in payload["votes"].items()},
        "reason": _reason(reasons[0], sides) if reasons else "",
    }


def _reason(sample: Mapping[str, str], sides: Mapping[str, str]) -> str:
    """The model named candidates by the order it saw them in; the reader sees left and right."""
    order = sample["order"]
    return CANDIDATE.sub(lambda found: f"the {sides[order[int(found[1]) - 1]]} response", sample["reason"])


def _shown(choice: str, sides: Mapping[str, str]) -> str:
    return "equal" if choice == UNDECIDED else sides[choice]


def preverified(rows: Iterable[Assistance], sides: Mapping[str, str]) -> Shown | None:
    """What a model said of each response alone; it favours a response only where that is the one that is right."""
    if not (found := newest(rows)):
        return None
    row = found[-1]
    payload = row.payload or {}
    said = {sides[name]: {"verdict": payload[name]["verdict"], "reason": payload[name]["reason"]} for name in "ab"}
    left, right = said["left"]["verdict"], said["right"]["verdict"]
    favours = {(RIGHT, WRONG): "left", (WRONG, RIGHT): "right"}.get((left, right), "equal")
    return said | {"favours": favours, "model": row.model or row.engine}


def bias(*, campaign: Campaign) -> list[Shown]:
    """Per judge, how many of its clear verdicts the first candidate won: about half of them, unless order matters."""
    found: dict[tuple[str, str], Position] = {}
    for row in progress.totals(campaign=campaign):
        if row["kind"] == "judge" and row["state"] == AssistanceState.DONE:
            key = (base(row["engine"]), row["model"])
            found[key] = found.get(key, Position(0, 0)) + Position(row["first"], row["clear"])
    return [
        {"engine": engine, "model": model, "first": seen.first, "clear": seen.clear, "share": seen.share}
        for (engine, model), seen in sorted(found.items())
    ]
