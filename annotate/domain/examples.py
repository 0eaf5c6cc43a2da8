"""Pairs that people decided, for judges to learn from: those nearest to a pair (METHOD.md, stage 1, step 3).

Near is what conversation and attributes say, as the campaign's embeddings have them. Never an example for a pair:
itself, a pair of its group, a pair with the same conversation. Gold and vectors alone decide who gets which.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np

from annotate.domain import known
from annotate.domain.best import rank
from annotate.models import Assistance, Gold
from annotate.models.assistance import AssistanceState
from annotate.models.protocol import SIDES
from curation.nearest import Vectors, nearest

MOST = 8  # METHOD.md
LOOKED_AT = 4 * MOST  # as some of the nearest may have the same conversation
AT_ONCE = 1_000
NOTHING: Vectors = np.empty((0, 0), dtype=np.float32)
Space = tuple[int, str, str, str]  # vectors compare within a campaign, of one model, revision and prompt version
Messages = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Example:
    """A gold pair with its label, why it is right, and the pair's attributes."""

    gold_id: int
    pair_id: int
    conversation: Messages
    response_a: Messages
    response_b: Messages
    choice: str
    attributes: dict[str, Any] | None
    reason: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """A pair that wants examples: where it lies, and what its examples may not share."""

    pair_id: int
    group: str
    conversation: Messages
    vector: Vectors


def for_pairs(*, pair_ids: Sequence[int], most: int = MOST) -> dict[int, list[Example]]:
    """At most `most` examples for each pair, the nearest first; none for a pair that has no embedding."""
    if most <= 0:
        return {}
    picked: dict[int, tuple[_Asked, list[int]]] = {}
    for space, asked in _lying(pair_ids).items():
        kept = _kept(space)
        kept.refresh()
        picked |= {one.pair_id: (one, list(islice(kept.near(one), LOOKED_AT))) for one in asked}
    told = _told({gold_id for _, ids in picked.values() for gold_id in ids})
    return {
        pair_id: list(islice((told[pk] for pk in ids if not _same(told[pk].conversation, one.conversation)), most))
        for pair_id, (one, ids) in picked.items()
    }


def _lying(pair_ids: Sequence[int]) -> dict[Space, list[_Asked]]:
    rows = _embedded().filter(pair_id__in=pair_ids).select_related("pair")
    newest = {row.pair_id: row for row in sorted(rows, key=rank)}
    found: dict[Space, list[_Asked]] = {}
    for row in newest.values():
        space = (row.campaign_id, row.model, row.revision, row.prompt_version)
        asked = _Asked(row.pair_id, row.pair.group, row.pair.conversation, _vector(row.blob))
        found.setdefault(space, []).append(asked)
    return found


def _embedded() -> Any:
    return Assistance.objects.filter(kind="embed", state=AssistanceState.DONE, blob__isnull=False)


def _vector(blob: Any) -> Vectors:
    return np.frombuffer(bytes(blob), dtype="<f4")


@lru_cache(maxsize=4)
def _kept(space: Space) -> "_Gold":
    return _Gold(space)


class _Gold:
    """The vectors of a campaign's current gold, kept in this process: each is read once."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._read: dict[int, int] = {}  # gold, and the row of assistance with its vector, in the order of the matrix
        self._rows: list[tuple[int, int, str]] = []  # gold, pair, group
        self._matrix: Vectors = NOTHING

    def refresh(self) -> None:
        """What was settled since, settled anew or embedded anew."""
        current = list(self._current())
        wanted = {gold: pk for gold, _, _, pk in current}
        if wanted == self._read:
            return
        kept = dict(zip(self._read.values(), self._matrix, strict=True))
        kept |= _vectors([pk for pk in wanted.values() if pk not in kept])
        self._rows = list({gold: (gold, pair, group) for gold, pair, group, _ in current}.values())
        self._matrix = np.stack([kept[pk] for pk in wanted.values()]) if wanted else NOTHING
        self._read = wanted

    def _current(self) -> Any:
        """(gold, pair, group, row of assistance), of several such rows the newest last."""
        campaign, model, revision, prompt_version = self._space
        found = Gold.objects.filter(
            campaign_id=campaign,
            superseded_by__isnull=True,
            label__in=SIDES,
            pair__assistance__in=_embedded().filter(model=model, revision=revision, prompt_version=prompt_version),
        )
        return found.order_by("pk", "pair__assistance").values_list("pk", "pair_id", "pair__group", "pair__assistance")

    def near(self, asked: _Asked) -> Iterator[int]:
        """Gold ids, nearest first."""
        if not self._rows:
            return
        for place in nearest(asked.vector, self._matrix):
            gold, pair, group = self._rows[place]
            if pair != asked.pair_id and not (group and group == asked.group):
                yield gold


def _vectors(ids: Sequence[int]) -> dict[int, Vectors]:
    found: dict[int, Vectors] = {}
    for start in range(0, len(ids), AT_ONCE):
        rows = Assistance.objects.filter(pk__in=ids[start : start + AT_ONCE]).values_list("pk", "blob")
        found |= {pk: _vector(blob) for pk, blob in rows}
    return found


def _told(gold_ids: Iterable[int]) -> dict[int, Example]:
    golds = list(Gold.objects.filter(pk__in=gold_ids).select_related("pair", "adjudication"))
    reasons = known.reasons_of(golds)
    done = Assistance.objects.filter(
        pair_id__in=[gold.pair_id for gold in golds], kind="attributes", state=AssistanceState.DONE
    )
    about = {row.pair_id: row.payload for row in sorted(done.defer("blob"), key=rank)}
    return {
        gold.pk: Example(
            gold.pk,
            gold.pair_id,
            *(gold.pair.conversation, gold.pair.response_a, gold.pair.response_b),
            gold.label,
            about.get(gold.pair_id),
            reasons[gold.pk],
        )
        for gold in golds
    }


def _same(one: Messages, other: Messages) -> bool:
    """The same conversation, but for case and white space."""
    return _plain(one) == _plain(other)


def _plain(messages: Messages) -> list[list[str]]:
    return [[message["role"], *message["content"].casefold().split()] for message in messages]
