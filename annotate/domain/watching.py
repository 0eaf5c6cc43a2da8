"""Engines at work in a campaign, for who watches them: health, depth, speed, failures, spending, and what they are.

Pages and API tell the same. However many rows there are, the statements are as many and read as much: counts are kept
by the database, what is held and what went wrong is found by index.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.utils import timezone

from annotate.domain import cards, failures, progress, spending
from annotate.domain.assistance import AFTER
from annotate.domain.backends import base
from annotate.models import Assistance, Campaign
from annotate.models.assistance import IMPORTED, AssistanceState

Shown = dict[str, Any]
Name = tuple[str, str]  # kind, and the name of a line of the settings

RECENT = timedelta(minutes=1)  # an answer this new: it works
PATIENCE = timedelta(minutes=1)  # a worker that is there takes a row that is due within it,
TURN = timedelta(minutes=15)  # and within this where it works on another kind first: one process does several
MINUTES, LATELY, FEW = 60, 5, 5
HEALTH = ("working", "queued", "waiting", "behind", "untended", "unnamed", "spent", "failed", "done", "idle", "brought")
STUCK = ("unnamed", "spent", "untended")  # until somebody does something
STATES = {"wanted": "waiting", "leased": "running", "parked": "failed", "done": "done"}


@dataclass(slots=True)
class _Line:
    """What is known of an engine of a kind, over all its generations."""

    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STATES.values(), 0))
    tokens: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("read", "written", "padded"), 0))
    milliseconds: int = 0
    came: dict[str, datetime] = field(default_factory=dict)  # by state: when the last row came
    minutes: dict[datetime, int] = field(default_factory=dict)
    held: int = 0
    others: int = 0  # rows that other engines hold here
    behind: list[str] = field(default_factory=list)  # kinds that are made first, and still come
    error: Shown | None = None

    @property
    def to_do(self) -> int:
        return self.rows["waiting"] + self.rows["running"]


def watched(*, campaign: Campaign) -> Shown:
    """What page and API tell of a campaign's assistance. Nine statements."""
    totals = [row for row in progress.totals(campaign=campaign) if row["rows"] or row["arrived"]]
    keys = sorted({(row["kind"], row["engine"], row["state"]) for row in totals if row["rows"]})
    accounts = {(one["kind"], one["engine"]): one for one in spending.accounts()}
    engines = _engines(campaign, totals, keys, accounts)
    rates = [one["per_minute"] for one in engines if one["per_minute"]]
    left = [one["seconds_left"] for one in engines if one["to_do"]]
    return {
        "at": timezone.now(),
        **{state: sum(one[state] for one in engines) for state in STATES.values()},
        "to_do": sum(one["to_do"] for one in engines),
        "per_minute": round(sum(rates), 1),
        # Engines work beside one another; of one that does nothing nobody knows.
        "seconds_left": None if None in left else max(left, default=0),
        "engines": engines,
        "failures": failures.alike(campaign=campaign, keys=keys),
        "cards": cards.cards(totals),
    }


def _engines(campaign: Campaign, totals: list[Shown], keys: list[Any], accounts: dict[Name, Shown]) -> list[Shown]:
    lines = _summed(totals)
    for (kind, engine), minutes in progress.minutes(campaign=campaign).items():
        if engine == IMPORTED:
            continue  # nobody made it here
        line = lines.setdefault((kind, base(engine)), _Line())
        for minute, came in minutes.items():
            line.minutes[minute] = line.minutes.get(minute, 0) + came
    for kind, engine, held in _held(campaign):
        lines.setdefault((kind, base(engine)), _Line()).held += held
    for row in failures.newest(campaign=campaign, keys=[key for key in keys if key[2] != "done"], each=1):
        line = lines.setdefault((row["kind"], base(row["engine"])), _Line())
        line.error = line.error or row
    for name in accounts:
        if name[0] in settings.ASSISTANCE_KINDS:
            lines.setdefault(name, _Line())
    held = sum(line.held for line in lines.values())
    busy = {name[0] for name in accounts if name in lines and lines[name].to_do}
    for (kind, _), line in lines.items():
        line.others = held - line.held
        line.behind = [before for before in AFTER.get(kind, ()) if before in busy]
    order = {name: place for place, name in enumerate(accounts)}
    ever = spending.ever()
    return [
        _shown(name, lines[name], accounts.get(name), ever.get(name))
        for name in sorted(lines, key=lambda name: (_place(name[0]), order.get(name, len(order)), name))
    ]


def _place(kind: str) -> int:
    kinds = list(settings.ASSISTANCE_MODELS)
    return kinds.index(kind) if kind in kinds else len(kinds)


def _summed(totals: list[Shown]) -> dict[Name, _Line]:
    lines: dict[Name, _Line] = {}
    for row in totals:
        line = lines.setdefault((row["kind"], base(row["engine"])), _Line())
        state = STATES[row["state"]]
        line.rows[state] += row["rows"]
        line.milliseconds += row["milliseconds"]
        for name in line.tokens:
            line.tokens[name] += row[f"tokens_{name}"]
        if row["at"]:
            line.came[state] = max(row["at"], line.came.get(state, row["at"]))
    return lines


def _held(campaign: Campaign) -> Any:
    """Rows under a lease that still runs, by kind and engine: few, whatever there is."""
    leased = Assistance.objects.filter(campaign=campaign, state=AssistanceState.LEASED, due__gt=timezone.now())
    leased = leased.filter(kind__in=list(settings.ASSISTANCE_MODELS)).order_by()
    return leased.values_list("kind", "engine").annotate(held=Count("pk"))


def _shown(name: Name, line: _Line, account: Shown | None, ever: Shown | None) -> Shown:
    kind, engine = name
    per_minute, over = speed(line.minutes, timezone.now())
    health = _health(name, line, account)
    goes_on = health == "working" and per_minute > 0
    return {
        "kind": kind,
        "engine": engine,
        "model": account["model"] if account else "",
        "health": health,
        **line.rows,
        "to_do": line.to_do,
        "held": line.held,
        "behind": line.behind,
        "per_minute": round(per_minute, 1),
        "over_minutes": over,
        "minutes": _series(line.minutes),
        "seconds_left": 0 if not line.to_do else round(60 * line.to_do / per_minute) if goes_on else None,
        "answered": line.came.get("done"),
        "taken": line.came.get("running"),
        "error": _error(line.error),
        "tokens": {**line.tokens, "seconds": round(line.milliseconds / 1000)},
        "today": _spent(account),
        "ever": ever or {"rows": 0, "tokens": 0, "money": 0.0},
    }


def _error(row: Shown | None) -> Shown | None:
    if row is None:
        return None
    return {"text": row["text"], "pair": row["pair_id"], "parked": row["state"] == "parked", "due": row["due"]}


def _spent(account: Shown | None) -> Shown | None:
    """Of today and of all campaigns, as budgets are."""
    if account is None:
        return None
    shown = {name: account[name] for name in ("rows", "tokens", "tokens_a_day", "money_a_day", "spent")}
    return shown | {"money": float(account["money"])}


def _health(name: Name, line: _Line, account: Shown | None) -> str:
    """One word: what to think of this engine. Where rows wait, why they do."""
    now = timezone.now()
    if name[1] == IMPORTED:
        return "brought"
    if not line.to_do:
        return "failed" if line.rows["failed"] else "done" if line.rows["done"] else "idle"
    if account is None:
        return "unnamed"
    if account["spent"] and not line.held:
        return "spent"
    if line.held or _since(line.came.get("done"), now) < RECENT:
        return "working"
    if line.error and line.error["state"] == AssistanceState.WANTED and line.error["due"] > now:
        return "waiting"
    if line.behind:
        return "behind"
    waited = min(_since(line.came.get("waiting"), now), _since(line.came.get("running"), now))
    return "queued" if waited < (TURN if line.others else PATIENCE) else "untended"


def _since(moment: datetime | None, now: datetime) -> timedelta:
    return now - moment if moment else timedelta.max


def speed(minutes: dict[datetime, int], now: datetime) -> tuple[float, int]:
    """Rows a minute and over how many minutes that is: of the last five, or of the hour where five saw few.

    From the first minute on in which any came: who began just now is not slow.
    """
    for window in (LATELY, MINUTES):
        seen = {minute: came for minute, came in minutes.items() if minute > now - timedelta(minutes=window)}
        if sum(seen.values()) >= (FEW if window == LATELY else 1):
            over = max(1.0, (now - min(seen)).total_seconds() / 60)
            return sum(seen.values()) / over, round(over)
    return 0.0, MINUTES


def _series(minutes: dict[datetime, int]) -> list[int]:
    """Rows that came in each of the last sixty minutes, the running one last."""
    now = timezone.now().replace(second=0, microsecond=0)
    return [minutes.get(now - timedelta(minutes=ago), 0) for ago in range(MINUTES - 1, -1, -1)]


def estimate(*, campaign: Campaign, rows: int, kind: str) -> Shown:
    """What so many rows of a kind are likely to take, going by what its rows took in this campaign until now."""
    done = [row for row in progress.totals(campaign=campaign) if row["kind"] == kind and row["state"] == "done"]
    made = sum(row["rows"] for row in done if row["engine"] != IMPORTED)
    taken = sum(row["tokens_read"] + row["tokens_written"] for row in done)
    spent = sum(row["milliseconds"] for row in done)
    return {
        "tokens": round(rows * taken / made) if made else 0,
        "seconds": round(rows * spent / 1000 / made) if made else 0,
    }
