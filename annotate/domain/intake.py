"""One batch of parsed pairs becomes rows: pairs, queue entries, what a row brought along, assistance still wanted."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from annotate.domain import audit, backends, bulk, known, preparing, wanting
from annotate.domain.answers import served_first
from annotate.domain.disclosure import sigmoid
from annotate.models import Assistance, Campaign, Pair, User
from annotate.models.assistance import IMPORTED, AssistanceState
from annotate.models.campaign import Purpose
from annotate.models.pair import Lane, QueueState
from curation.pairs import ParsedPair

OPPOSITE = {("a", "b"), ("b", "a")}
PAIR_COLUMNS = (
    *("id", "campaign_id", "digest", "conversation", "response_a", "response_b"),
    *("source_label", "source", "source_id", "group", "extra"),
)
DONE_COLUMNS = ("pair_id", "campaign_id", "kind", "engine", "state", "payload", "finished")
QUEUE_SQL = """INSERT INTO annotate_queueentry (pair_id, campaign_id, state, seats, free, lane, turn)
SELECT many.id, %s, %s, %s, %s, %s, %s FROM {table}"""
WANT_SQL = """INSERT INTO annotate_assistance (pair_id, campaign_id, kind, engine, state)
SELECT many.id, %s, %s, %s, %s FROM {table}"""


@dataclass(frozen=True, slots=True)
class Ready:
    """A parsed pair, the row it came from, and the JSON texts of its conversation and responses."""

    row: int
    pair: ParsedPair
    texts: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that did not get into the campaign, or whose label contradicts the one that did.

    `row` counts as the source does (curation.sources), `row_id` is what the row calls itself.
    """

    row: int
    row_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Known:
    """What is needed of a pair that is there already, to tell a repeat from a contradiction. `pk` 0: in this batch."""

    label: str
    name: str
    pk: int = 0


@dataclass(slots=True)
class Stored:
    """What became of a batch: how many were new, repeats whose label says the opposite, and what was turned away."""

    new: int
    contradictions: list[Problem]
    rejected: list[Problem]


@transaction.atomic
def store_batch(*, campaign: Campaign, actor: User | None, batch: list[Ready]) -> Stored:
    """Store what is new of a batch, with the known answers that its rows bring, for repeats too.

    One transaction with its audit event. The campaign's row is locked, so that two imports into it take turns. A pair
    is work, practice or qualification: one that is another of these already is turned away.
    """
    bulk.set_up()
    campaign = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    new, contradictions, brought = _sort_out(campaign, batch)
    new, rejected = _turn_away(campaign, new)
    if new or contradictions:
        turn = audit.record(
            verb="pairs.imported",
            actor_id=actor.pk if actor else None,
            campaign_id=campaign.pk,
            new=len(new),
            contradictions=[asdict(found) for found in contradictions],
        )
        ids = _store(campaign, new, turn)
        brought += [(pk, *item.pair.known) for pk, item in zip(ids, new, strict=True) if item.pair.known]
    if brought:
        known.store(campaign=campaign, actor=actor, brought=brought)
    return Stored(len(new), contradictions, rejected)


def _sort_out(campaign: Campaign, batch: list[Ready]) -> tuple[list[Ready], list[Problem], list[tuple[int, str, str]]]:
    """What is new, what contradicts, and the known answers that come for pairs that are there."""
    there_already = _known(campaign, [item.pair.digest for item in batch])
    new, contradictions, brought = [], [], []
    for item in batch:
        there = there_already.get(item.pair.digest)
        if there is not None and there.pk and item.pair.known:
            brought.append((there.pk, *item.pair.known))
        if there is None:
            there_already[item.pair.digest] = Known(
                item.pair.source_label, _name(f"row {item.row}", item.pair.source_id)
            )
            new.append(item)
        elif (there.label, item.pair.source_label) in OPPOSITE:
            reason = f"contradiction: {there.name} has the same responses with the opposite label; that one stays"
            contradictions.append(Problem(item.row, item.pair.source_id, reason))
    return new, contradictions, brought


def _turn_away(campaign: Campaign, new: list[Ready]) -> tuple[list[Ready], list[Problem]]:
    """Without what stands in the campaign's sets, or in the campaign that a set serves."""
    whose = campaign.serves_id or campaign.pk
    family = Campaign.objects.filter(Q(pk=whose) | Q(serves_id=whose)).exclude(pk=campaign.pk)
    elsewhere: dict[bytes, str] = {}
    for other in family if new else ():
        found = bulk.pairs_by_digest(other.pk, [item.pair.digest for item in new])
        elsewhere |= {digest: other.slug for _, digest, _, _ in found}
    rejected = [
        Problem(item.row, item.pair.source_id, f"this pair is in {elsewhere[item.pair.digest]} already")
        for item in new
        if item.pair.digest in elsewhere
    ]
    return [item for item in new if item.pair.digest not in elsewhere], rejected


def _known(campaign: Campaign, digests: list[bytes]) -> dict[bytes, Known]:
    return {
        digest: Known(label, _name(f"pair {pk}", source_id), pk)
        for pk, digest, label, source_id in bulk.pairs_by_digest(campaign.pk, digests)
    }


def _name(name: str, source_id: str) -> str:
    return f"{name} ({source_id})" if source_id else name


def _store(campaign: Campaign, new: list[Ready], turn: int) -> list[int]:
    ids = bulk.new_ids(Pair, len(new))
    stored = [(pk, item.pair) for pk, item in zip(ids, new, strict=True)]
    bulk.insert(Pair, PAIR_COLUMNS, (_pair_row(campaign, *row) for row in zip(ids, new, strict=True)))
    if campaign.purpose == Purpose.WORK:
        _queue(campaign, stored, turn)
    bulk.insert(Assistance, DONE_COLUMNS, _done_rows(campaign, stored, timezone.now()))
    _want(campaign, stored)
    if any(pair.attributes for _, pair in stored):
        preparing.imported(campaign_id=campaign.pk, last=ids[-1])
    return ids


def _pair_row(campaign: Campaign, pk: int, item: Ready) -> tuple[Any, ...]:
    pair = item.pair
    return (
        *(pk, campaign.pk, pair.digest, *item.texts, pair.source_label),
        *(pair.source, pair.source_id, pair.group, orjson.dumps(pair.extra).decode()),
    )


def _queue(campaign: Campaign, stored: list[tuple[int, ParsedPair]], turn: int) -> None:
    """One entry a pair, all seats free; what is known to be objective and uncontroversial is served first."""
    first = [pk for pk, pair in stored if pair.attributes and served_first("attributes", pair.attributes)]
    others = set(first)
    lanes = {Lane.FIRST: first, Lane.NEXT: [pk for pk, _ in stored if pk not in others]}
    for lane, ids in lanes.items():
        if ids:
            table, param = bulk.ids_from(ids)
            seats = campaign.overlap
            values = [campaign.pk, QueueState.OPEN.value, seats, (1 << seats) - 1, lane.value, turn, param]
            with connection.cursor() as cursor:
                cursor.execute(QUEUE_SQL.format(table=table), values)


def _brought(pair: ParsedPair) -> dict[str, dict[str, Any]]:
    """Payloads by kind that a row came with, in the form in which our engines answer."""
    found: dict[str, dict[str, Any]] = {}
    if pair.attributes is not None:
        found["attributes"] = pair.attributes
    if pair.scores is not None:
        margin = pair.scores["score_a"] - pair.scores["score_b"]
        found["reward"] = {**pair.scores, "margin": margin, "p": sigmoid(margin), "truncated": False}
    return found


def _done_rows(campaign: Campaign, stored: list[tuple[int, ParsedPair]], now: datetime) -> Iterator[tuple[Any, ...]]:
    finished = connection.ops.adapt_datetimefield_value(now)
    for pk, pair in stored:
        for kind, payload in _brought(pair).items():
            text = orjson.dumps(payload).decode()
            yield pk, campaign.pk, kind, IMPORTED, AssistanceState.DONE.value, text, finished


def _want(campaign: Campaign, stored: list[tuple[int, ParsedPair]]) -> None:
    """A wish, for every engine, for every kind of assistance that makes sense and that the row did not bring along."""
    brought = {pk: _brought(pair).keys() for pk, pair in stored if pair.attributes or pair.scores}
    for kind in settings.ASSISTANCE_KINDS:
        ids = [
            pk for pk, pair in stored if kind not in brought.get(pk, ()) and wanting.makes_sense(kind, pair.attributes)
        ]
        if ids:
            table, param = bulk.ids_from(ids)
            with connection.cursor() as cursor:
                for engine in backends.names(kind):
                    values = [campaign.pk, kind, engine, AssistanceState.WANTED.value, param]
                    cursor.execute(WANT_SQL.format(table=table), values)
