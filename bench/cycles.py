"""The protocol cycle at several numbers of annotators, each beside the floor; and a campaign worked to its end."""

from typing import Any

from bench.site import Server, Site

WARM_UP = 24  # cycles that are not measured


def at(site: Site, *, slug: str, people: int, cycles: int, seconds: float, rounds: int) -> dict[str, Any]:
    """Assay and both floors in turns under the same load; the round told has the median ratio of CPU a request."""
    tokens = [one["token"] for one in site.annotators(people)]
    plan = {"slug": slug, "tokens": tokens, "cycles": cycles, "seconds": seconds}
    found = [_round(site, plan) for _ in range(rounds)]
    found.sort(key=lambda one: one["cpu_ratio"]["both"])
    told = found[rounds // 2]
    for name in ("cpu_ratio", "cpu_ratio_to_barest"):
        told[f"{name}_of_all_rounds"] = [one[name]["both"] for one in found]
    told["p95_ms_of_all_rounds"] = [one["assay"]["latency_ms"]["all"]["p95"] for one in found]
    return told


def _round(site: Site, plan: dict[str, Any]) -> dict[str, Any]:
    floor = measured(site, site.floor, {**plan, "kind": "floor"})
    assay = measured(site, site.assay, {**plan, "kind": "protocol"})
    barest = measured(site, site.barest, {**plan, "kind": "floor"})
    ratios = {"cpu_ratio": _ratio(assay, floor), "cpu_ratio_to_barest": _ratio(assay, barest)}
    return {"assay": assay, "floor": floor, "barest": barest, **ratios}


def _ratio(assay: dict[str, Any], floor: dict[str, Any]) -> dict[str, float]:
    return {
        name.removesuffix("_ms"): round(assay["cpu"][name] / max(floor["cpu"][name], 1e-9), 2)
        for name in ("server_ms", "database_ms", "both_ms")
    }


def measured(site: Site, server: Server, plan: dict[str, Any]) -> dict[str, Any]:
    site.load(server, **{**plan, "cycles": WARM_UP + len(plan["tokens"])})
    with server.meter() as used:
        seen = site.load(server, **plan)
    return {**seen, "cpu": used.per(seen["requests"]), "memory": used.memory()}


def exhausted(site: Site, *, slug: str, campaign: int, pairs: int, seats: int) -> dict[str, Any]:
    """Everybody works until nobody is given anything; then every pair has exactly its verdicts."""
    tokens = [one["token"] for one in site.annotators(site.people)]
    plan = {"kind": "protocol", "slug": slug, "tokens": tokens, "cycles": 2 * pairs * seats, "seconds": 120}
    seen = site.load(site.assay, **plan)
    with site.connect() as connection:
        counts = connection.execute(COUNTS, {"campaign": campaign, "seats": seats}).fetchone()
        ends = connection.execute(BY_PERSON, {"campaign": campaign}).fetchone()
    assert counts is not None
    assert ends is not None
    verdicts, people_twice, wrong, gold = counts
    return {
        "people": site.people,
        "pairs": pairs,
        "wanted": pairs * seats,
        "verdicts": verdicts,
        "same_person_twice": people_twice,
        "pairs_with_another_number": wrong,
        "gold": gold,
        "least_and_most_by_one_person": list(ends),
        "cycles_per_second": seen["cycles_per_second"],
        "latency_ms": seen["latency_ms"]["all"],
        "exact": (verdicts, people_twice, wrong, gold) == (pairs * seats, 0, 0, pairs),
    }


COUNTS = """
WITH given AS (
  SELECT c.pair_id, c.annotator_id FROM annotate_verdict v JOIN annotate_claim c ON c.id = v.judgement_id
  WHERE c.campaign_id = %(campaign)s
)
SELECT (SELECT count(*) FROM given),
  (SELECT count(*) - count(DISTINCT (pair_id, annotator_id)) FROM given),
  (SELECT count(*) FROM annotate_pair p WHERE p.campaign_id = %(campaign)s
     AND (SELECT count(*) FROM given g WHERE g.pair_id = p.id) <> %(seats)s),
  (SELECT count(*) FROM annotate_gold g WHERE g.campaign_id = %(campaign)s)
"""
BY_PERSON = """
SELECT min(n), max(n) FROM (
  SELECT count(c.id) AS n FROM annotate_membership m
  LEFT JOIN annotate_claim c ON c.annotator_id = m.user_id AND c.campaign_id = m.campaign_id
  WHERE m.campaign_id = %(campaign)s AND m.role = 'annotator' GROUP BY m.user_id
) AS each
"""
