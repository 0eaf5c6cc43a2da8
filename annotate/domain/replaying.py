"""Recorded runs, to be run again, and what is the same of what came of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from annotate.domain import running
from annotate.models import ToolRun
from annotate.models.tools import RunState, ToolKind

Shown = dict[str, Any]
ELSEWHERE = "another server answered"  # and would answer what it likes today
TEXTS = ("conversation", "response_a", "response_b")


@dataclass(frozen=True, slots=True)
class Recorded:
    """One done run. `name` is how its pair's evidence is cited; `not_again` says why it is not run again, or ""."""

    run_id: int
    pair_id: int
    name: str
    kind: str
    input: Shown
    campaign_id: int
    came: dict[str, Any]  # status, output, version, environment
    sha256: str
    not_again: str


def recorded(*, campaign: str | None = None, run_id: int | None = None) -> Iterator[Recorded]:
    """Done runs, oldest first: of one campaign, one run, or all. What was adopted is replayed as what it is, once."""
    done = ToolRun.objects.filter(state=RunState.DONE).select_related("pair__campaign")
    if campaign is not None:
        done = done.filter(pair__campaign__slug=campaign)
    done = done.filter(adopts=None) if run_id is None else done.filter(pk=run_id)
    rows = done.defer(*(f"pair__{name}" for name in TEXTS)).order_by("pk")
    yield from (_recorded(run) for run in rows.iterator(chunk_size=100))


def _recorded(run: ToolRun) -> Recorded:
    campaign = run.pair.campaign
    elsewhere = run.kind == ToolKind.LLM or run.input.get("where") == "web"
    return Recorded(
        run_id=run.pk,
        pair_id=run.pair_id,
        name=f"{'E' if run.claim_id else 'P'}{run.number}",
        kind=run.kind,
        input=run.input,
        campaign_id=campaign.serves_id or campaign.pk,
        came={name: getattr(run, name) for name in ("status", "output", "version", "environment")},
        sha256=run.sha256,
        not_again=ELSEWHERE if elsewhere else "",
    )


def compare(*, run: Recorded, status: str, output: Shown, version: str, environment: str) -> tuple[str, list[str]]:
    """(SHA-256 of what came now, which parts of it differ from what is recorded)."""
    came = {"status": status, "output": output, "version": version, "environment": environment}
    sha256 = running.digest(run.kind, run.input, status, output, version, environment)
    return sha256, [name for name, value in came.items() if value != run.came[name]]
