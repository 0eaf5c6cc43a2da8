"""Does a claim cost the same in a small and in a large campaign? For a crowd, and for somebody who did half of it."""

from statistics import median
from typing import Any

from bench import fill
from bench.site import Site


def filled(site: Site, *, campaign: int, count: int) -> None:
    """`count` pairs of two seats; the first annotator has judged half of them, the other seat is open everywhere."""
    lone = site.annotators(1)[0]["id"]
    with site.connect() as connection:
        fill.pairs(connection, campaign=campaign, count=count)
        fill.judged(connection, campaign=campaign, people=[lone], done=count // 2, seats=1)


def compared(site: Site, *, slugs: dict[int, str], cycles: int, rounds: int) -> dict[str, Any]:
    """Median milliseconds of a claim by size, sizes taking turns so that noise hits them alike."""
    people = site.annotators(site.people)
    tokens = {"crowd": [one["token"] for one in people[1:]], "lone": [people[0]["token"]]}
    return {who: _compared(site, slugs, given, cycles, rounds) for who, given in tokens.items()}


def _compared(site: Site, slugs: dict[int, str], tokens: list[str], cycles: int, rounds: int) -> dict[str, Any]:
    found: dict[int, list[dict[str, float]]] = {size: [] for size in slugs}
    first = {size: _claims(site, slug, tokens[:1], 1)["p50"] for size, slug in slugs.items()}
    for slug in slugs.values():
        _claims(site, slug, tokens, max(cycles, 40))  # cursors are written now and then: let them be
    for _ in range(rounds):
        for size, slug in slugs.items():
            found[size].append(_claims(site, slug, tokens, cycles))
    medians = {size: round(median(one["p50"] for one in times), 2) for size, times in found.items()}
    small, large = min(medians), max(medians)
    return {
        "very_first_claim_ms": first,
        "claim_ms": medians,
        "p95_ms": {size: round(median(one["p95"] for one in times), 2) for size, times in found.items()},
        "ratio": round(medians[large] / medians[small], 2),
    }


def _claims(site: Site, slug: str, tokens: list[str], cycles: int) -> dict[str, float]:
    plan = {"kind": "protocol", "slug": slug, "tokens": tokens, "cycles": cycles, "seconds": 60, "in_turn": True}
    spread: dict[str, float] = site.load(site.assay, **plan)["latency_ms"]["claim"]
    return spread
