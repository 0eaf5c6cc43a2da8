# ruff: noqa: S608 every statement here is constant text of this module
"""Search in a campaign's documents: BM25 over passages, the same on both databases, the same for the same index.

score(passage) = sum over the terms asked for of idf * tf * (K1 + 1) / (tf + K1 * (1 - B + B * length / mean length)),
idf = ln(1 + (N - n + 0.5) / (n + 0.5)) (Robertson and Zaragoza, 2009, section 3.5). N and n count the campaign's own
passages alone: what other campaigns hold changes nothing.
"""

import re
from collections import Counter
from dataclasses import dataclass
from math import log
from typing import Any

from django.db import connection
from django.db.models import Avg, Count, Max, Q
from django.db.models.functions import Length

from annotate.models import Document, Passage
from curation.terms import asked, found

VERSION = "Assay index 1, BM25 over passages"
MOST_TERMS = 32
MOST_POSTINGS = 5_000  # of a term; the first ones, where it stands in more passages
CANDIDATES = 100
RESULTS = 10
FROM_ONE_DOCUMENT = 2
RELEVANT = 0.25  # of the best one's score; what has less only shares a common word
SNIPPET = 300
K1, B = 1.2, 0.75

_LOOKS = re.compile(r"^\s{0,3}#{1,6}\s|\*\*|^\s*>\s", re.MULTILINE)
LIVE_SQL = "JOIN annotate_document d ON d.id = p.document_id WHERE {match} AND d.campaign_id = %s AND d.retired IS NULL"
POSTINGS = {
    "sqlite": "SELECT p.id FROM annotate_passage_index i JOIN annotate_passage p ON p.id = i.rowid "
    + LIVE_SQL.format(match="annotate_passage_index MATCH %s")
    + " ORDER BY p.id LIMIT %s",
    "postgresql": "SELECT p.id FROM annotate_passage p "
    + LIVE_SQL.format(match="array_to_tsvector(string_to_array(p.terms, ' ')) @@ %s::tsquery")
    + " ORDER BY p.id LIMIT %s",
}
QUOTED = {"sqlite": '"{}"', "postgresql": "'{}'"}


@dataclass(frozen=True, slots=True)
class Found:
    """`results`: {"title", "address", "snippet", "document", "passage"}, the best first; `index` says of what."""

    results: list[dict[str, Any]]
    index: str


def find(*, campaign_id: int, query: str) -> Found:
    """The best passages for a query, at most two of one document."""
    passages = Passage.objects.filter(document__campaign_id=campaign_id, document__retired__isnull=True)
    size = passages.aggregate(n=Count("pk"), mean=Avg(Length("terms")))
    wanted = asked(query)[:MOST_TERMS]
    postings = {term: _postings(term, campaign_id) for term in wanted}
    idf = {term: log(1 + (size["n"] - len(ids) + 0.5) / (len(ids) + 0.5)) for term, ids in postings.items()}
    best = _candidates(postings, idf)
    rows = passages.filter(pk__in=best).select_related("document")
    scored = [(-_score(row.terms, idf, size["mean"]), row.pk, row) for row in rows]
    scored.sort(key=lambda entry: entry[:2])
    results = [_result(row, idf) for score, _, row in scored if score <= RELEVANT * scored[0][0]]
    return Found(_spread(results), _index(campaign_id, size["n"]))


def _postings(term: str, campaign_id: int) -> list[int]:
    with connection.cursor() as cursor:
        given: list[int | str] = [QUOTED[connection.vendor].format(term), campaign_id, MOST_POSTINGS]
        cursor.execute(POSTINGS[connection.vendor], given)
        return [row[0] for row in cursor.fetchall()]


def _candidates(postings: dict[str, list[int]], idf: dict[str, float]) -> list[int]:
    """The passages that the rarest of the terms stand in, by the sum of what each term says."""
    weight: dict[int, float] = {}
    for term, ids in postings.items():
        for pk in ids:
            weight[pk] = weight.get(pk, 0.0) + idf[term]
    return sorted(weight, key=lambda pk: (-weight[pk], pk))[:CANDIDATES]


def _score(terms: str, idf: dict[str, float], mean: float) -> float:
    counted = Counter(terms.split(" "))
    slack = K1 * (1 - B + B * len(terms) / mean)
    return round(sum(idf[t] * n * (K1 + 1) / (n + slack) for t in idf if (n := counted[t])), 9)


def _result(row: Passage, idf: dict[str, float]) -> dict[str, Any]:
    return {
        "title": row.document.title,
        "address": row.document.address,
        "snippet": snippet(plain(row.text, row.document.title), idf),
        "document": row.document_id,
        "passage": row.number,
    }


def plain(text: str, title: str) -> str:
    """A passage on one line, without its title again and without the signs of Markdown that stand for looks."""
    line = " ".join(_LOOKS.sub("", text).split())
    return line.removeprefix(title).lstrip() or line


def snippet(text: str, idf: dict[str, float]) -> str:
    """At most SNIPPET characters of a passage: where most of what was asked for stands together."""
    if len(text) <= SNIPPET:
        return text
    hits = [term for term in found(text) if term.text in idf]
    starts = [hit.start for hit in hits] or [0]
    begin = max(starts, key=lambda at: (_within(hits, idf, at), -at))
    begin = max(0, min(begin - SNIPPET // 6, len(text) - SNIPPET))
    cut = text[begin : begin + SNIPPET]
    if begin:
        cut = "…" + cut.partition(" ")[2] if " " in cut[:40] else "…" + cut
    return cut if begin + SNIPPET >= len(text) else cut.rpartition(" ")[0] + "…" if " " in cut[-40:] else cut + "…"


def _within(hits: list[Any], idf: dict[str, float], at: int) -> float:
    seen = {hit.text for hit in hits if at <= hit.start and hit.end <= at + SNIPPET * 5 // 6}
    return sum(idf[term] for term in sorted(seen))


def _spread(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    seen: Counter[int] = Counter()
    kept: list[dict[str, Any]] = []
    for result in results:
        seen[result["document"]] += 1
        if seen[result["document"]] <= FROM_ONE_DOCUMENT and len(kept) < RESULTS:
            kept.append(result)
    return kept


def _index(campaign_id: int, passages: int) -> str:
    """Which state of the index this was: documents only come, with rising ids, and retire, for ever."""
    live = Q(retired__isnull=True)
    state = Document.objects.filter(campaign_id=campaign_id).aggregate(
        live=Count("pk", filter=live), retired=Count("pk", filter=~live), newest=Max("pk")
    )
    documents, retired, newest = state["live"], state["retired"], state["newest"] or 0
    return f"{documents} documents, {passages} passages, newest {newest}, {retired} retired; {RESULTS} results"
