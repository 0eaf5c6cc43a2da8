"""Gold as training pipelines read it: TRL's conversational prompt, chosen, rejected, and where it comes from.

A row is the pair's texts and the record that was written with the gold row, both JSON text already: they are put
together, never parsed. Labels that are no side are strata: rows of their own with response_a and response_b.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connection, transaction
from django.db.models import F, Max, QuerySet, TextField
from django.db.models.functions import Cast

from annotate.domain.record import OTHER, UNCLEAR
from annotate.models import Campaign, Gold, Release, ReleaseRow
from annotate.models.protocol import SIDES

FIRST_PAGE, LONGEST_PAGE = 64, 500
PAGE_BYTES = 2**20  # a page of long pairs is made shorter, so that memory stays flat
TEXTS = ("conversation", "response_a", "response_b")
FIELDS = ("pk", "pair_id", "label", "record", *(f"{name}_text" for name in TEXTS))
PROVENANCE = '"provenance":{'  # no text holds it: in a JSON string a quote stands behind a backslash


@dataclass(frozen=True, slots=True)
class Line:
    """One export row, as JSON text, and what is needed of it beside."""

    gold: int
    label: str
    json: str


def stream(*, campaign: Campaign, after: int = 0, strata: bool = False) -> Iterator[bytes]:
    """NDJSON of the current gold in pieces; each row's `cursor` is what to send as `after` to go on behind it."""
    for page in current(campaign=campaign, after=after, strata=strata):
        yield "".join([f'{{"cursor":{line.gold},{line.json[1:]}\n' for line in page]).encode()


def current(*, campaign: Campaign, after: int = 0, strata: bool = False) -> Iterator[list[Line]]:
    """Pages of the gold that nothing supersedes; with `strata` the labels that are no side, instead of the sides."""
    labels = UNCLEAR if strata else SIDES
    ids = Gold.objects.filter(campaign=campaign, label__in=labels, pk__lte=settled_up_to()).annotate(number=F("pk"))
    return pages(ids, Gold.objects.filter(superseded_by__isnull=True), slug=campaign.slug, after=after)


def frozen(*, release: Release) -> Iterator[list[Line]]:
    """Pages of a release's gold: always the same rows."""
    ids = ReleaseRow.objects.filter(release=release).annotate(number=F("gold_id"))
    return pages(ids, Gold.objects.all(), slug=release.campaign.slug)


def settled_up_to() -> int:
    """The last gold id below which no transaction is still writing, so that a cursor never steps over a late commit.

    PostgreSQL hands out ids before the commit. The lock waits for those who write gold now and holds new ones up for
    one statement. SQLite has one writer at a time.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE annotate_gold IN SHARE MODE")
        last: int | None = Gold.objects.aggregate(last=Max("pk"))["last"]
        return last or 0


def pages(ids: QuerySet[Any], rows: QuerySet[Gold], *, slug: str, after: int = 0) -> Iterator[list[Line]]:
    """Export rows by gold id, a page at a time: two statements a page, whatever its length.

    Ids (`number`) come first, from one index: asked for in one statement with the rest, a planner with wrong
    estimates joins and sorts the whole campaign for every page. No page keeps a statement open for a slow reader.
    """
    campaign = orjson.dumps(slug).decode()
    texts = {f"{name}_text": Cast(f"pair__{name}", TextField()) for name in TEXTS}
    found = rows.annotate(**texts).order_by("pk").values_list(*FIELDS)
    numbers = ids.order_by("number").values_list("number", flat=True)
    size = FIRST_PAGE
    while wanted := list(numbers.filter(number__gt=after)[:size]):
        page = [_line(campaign, *row) for row in found.filter(pk__in=wanted)]
        if page:
            yield page
        after, size = wanted[-1], _next_size(page, size)


def _next_size(page: list[Line], size: int) -> int:
    mean = sum(len(line.json) for line in page) // max(len(page), 1)
    return max(1, min(LONGEST_PAGE, size * 4, PAGE_BYTES // max(mean, 1)))


def _line(campaign: str, gold: int, pair: int, label: str, record: str, prompt: str, a: str, b: str) -> Line:
    texts = {"a": a, "b": b}
    if label in SIDES:
        responses = f'"chosen":{texts[label]},"rejected":{texts[OTHER[label]]}'
    else:
        responses = f'"response_a":{a},"response_b":{b}'
    told, _, provenance = record.partition(PROVENANCE)
    return Line(
        gold,
        label,
        f'{{"pair_id":{pair},"campaign":{campaign},"prompt":{prompt},{responses},{told[1:]}'
        f'{PROVENANCE}"gold":{gold},{provenance}',
    )
