"""What engines took today, and what their daily budgets leave. A day begins at midnight UTC."""

from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from annotate.domain import backends
from annotate.domain.backends import Backend
from annotate.models import Spend

FIRST = 8  # rows begun before anything is known of what a row takes
NOTHING = Spend(rows=0, tokens_read=0, tokens_written=0, money=Decimal(0))
MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Taken:
    """What some rows took."""

    rows: int
    tokens_read: int
    tokens_written: int


def affordable(*, kind: str, backend: Backend, most: int) -> int:
    """How many rows, at most `most`, today's budget is good for, going by what rows took until now; 0: it is spent.

    As rows differ and workers do not ask one another, a day may end a batch a worker above its budget.
    """
    if not backend.budget:
        return most
    return _bearable(backend, _today().get((kind, backend.name), NOTHING), most)


def _bearable(backend: Backend, today: Spend, most: int) -> int:
    return max(0, min([most, *(_share(left, used, today.rows) for left, used in _left(backend, today))]))


def _share(left: Decimal, used: Decimal, rows: int) -> int:
    """A row that still begins in the budget is begun."""
    if left <= 0:
        return 0
    return max(1, int(left * rows / used)) if used else FIRST


def _left(backend: Backend, today: Spend) -> list[tuple[Decimal, Decimal]]:
    """(what is left, what was used), of tokens and of money where there is a budget for them."""
    found = []
    if "tokens_a_day" in backend.budget:
        used = Decimal(today.tokens_read + today.tokens_written)
        found.append((backend.budget["tokens_a_day"] - used, used))
    if "money_a_day" in backend.budget:
        found.append((Decimal(str(backend.budget["money_a_day"])) - today.money, today.money))
    return found


def _today() -> dict[tuple[str, str], Spend]:
    day = timezone.now().astimezone(UTC).date()
    return {(spend.kind, spend.engine): spend for spend in Spend.objects.filter(day=day)}


@transaction.atomic
def add(*, kind: str, backend: Backend, taken: Taken) -> None:
    """Count what a batch took to today's account."""
    day = timezone.now().astimezone(UTC).date()
    account, _ = Spend.objects.get_or_create(day=day, kind=kind, engine=backend.name)
    Spend.objects.filter(pk=account.pk).update(
        rows=F("rows") + taken.rows,
        tokens_read=F("tokens_read") + taken.tokens_read,
        tokens_written=F("tokens_written") + taken.tokens_written,
        money=F("money") + price(backend, taken),
    )


def price(backend: Backend, taken: Taken) -> Decimal:
    read, written = (Decimal(str(backend.options.get(name, 0))) for name in ("price_in", "price_out"))
    return ((read * taken.tokens_read + written * taken.tokens_written) / MILLION).quantize(Decimal("0.000001"))


def accounts() -> list[dict[str, Any]]:
    """Per kind and engine of the settings: what today took, its budget, and whether that is spent. One statement."""
    today = _today()
    return [
        _account(kind, backend, today.get((kind, backend.name), NOTHING))
        for kind in settings.ASSISTANCE_MODELS
        for backend in backends.of_kind(kind).values()
    ]


def ever() -> dict[tuple[str, str], dict[str, Any]]:
    """What each engine of a kind took until now, of all campaigns. One statement, over a row a day and engine."""
    taken = Spend.objects.values_list("kind", "engine").order_by()
    summed = taken.annotate(n=Sum("rows"), read=Sum("tokens_read"), written=Sum("tokens_written"), paid=Sum("money"))
    return {
        (kind, engine): {"rows": n, "tokens": read + written, "money": float(paid)}
        for kind, engine, n, read, written, paid in summed
    }


def _account(kind: str, backend: Backend, today: Spend) -> dict[str, Any]:
    return {
        "kind": kind,
        "engine": backend.name,
        "model": backend.model,
        "rows": today.rows,
        "tokens": today.tokens_read + today.tokens_written,
        "money": today.money,
        "tokens_a_day": backend.budget.get("tokens_a_day"),
        "money_a_day": backend.budget.get("money_a_day"),
        "spent": bool(backend.budget) and _bearable(backend, today, 1) == 0,
    }
