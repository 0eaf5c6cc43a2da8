"""`python -m bench [--quick] [--only PART ...]`: one JSON document; the parts are those of PARTS below.

On PostgreSQL (TEST_DATABASE_URL) in a database of its own, under gunicorn as config/gunicorn.py sets it, with the load
generator in a process beside it; loopback only. The floor runs in the same minutes, so that ratios hold on any machine.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import asking, assist, cycles, fill, flow, machine, page, scale, targets, votes
from bench.site import Site
from tests.stack import Stack


@dataclass(frozen=True)
class Size:
    pairs: int
    people: tuple[int, ...]
    cycles: int
    seconds: float
    exhausted: int
    imported: int
    grown: int
    scale: tuple[int, int]
    claims: int
    rounds: int
    votes: tuple[int, int]  # and people who give them
    texts: int  # that models read
    pages: int


FULL = Size(20_000, (1, 8, 32), 400, 8, 600, 20_000, 100_000, (1_000, 200_000), 40, 5, (84_000, 3_800), 240, 40)
QUICK = Size(300, (1, 4), 40, 3, 30, 300, 600, (150, 400), 8, 1, (1_000, 40), 8, 4)


def protocol(site: Site, size: Size) -> dict[str, Any]:
    with site.connect() as connection:
        fill.pairs(connection, campaign=site.campaigns["main"], count=size.pairs)
        fill.floor(connection, count=size.pairs)
    site.tidy()
    plan = {"slug": "main", "cycles": size.cycles, "seconds": size.seconds, "rounds": size.rounds}
    return {str(people): cycles.at(site, people=people, **plan) for people in size.people}


def to_the_end(site: Site, size: Size) -> dict[str, Any]:
    with site.connect() as connection:
        fill.pairs(connection, campaign=site.campaigns["end"], count=size.exhausted)
    return cycles.exhausted(site, slug="end", campaign=site.campaigns["end"], pairs=size.exhausted, seats=2)


def pairs_in(site: Site, size: Size) -> dict[str, Any]:
    rounds = min(size.rounds, 3)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path = Path(folder) / "pairs.ndjson"
        flow.write_rows(path, first=0, count=200)
        for _ in range(8):  # every process of the servers has its code loaded
            flow.imported(site, slug="in", path=path)
            flow.imported_bare(site, path=path)
        found = [_pairs_in(site, size, path, first=n * 10_000_000) for n in range(1, rounds + 1)]
        flow.write_rows(path, first=90_000_000, count=size.grown)
        many = flow.imported(site, slug="in", path=path)
    found.sort(key=lambda one: one["ndjson"]["pairs_per_second"] / one["floor"]["pairs_per_second"])
    rates = [{name: kind["pairs_per_second"] for name, kind in one.items()} for one in found]
    return {**found[rounds // 2], "many": many, "pairs_per_second_of_all_rounds": rates}


def _pairs_in(site: Site, size: Size, path: Path, *, first: int) -> dict[str, Any]:
    """The floor, Assay plain and packed, and bare COPY, each once, of as many pairs that nobody had before."""
    flow.write_rows(path, first=first, count=size.imported)
    plan = {"campaign": site.campaigns["in"], "first": first, "count": size.imported}
    found = {"floor": flow.imported_bare(site, path=path), "ndjson": flow.imported(site, slug="in", path=path)}
    flow.write_rows(path, first=first + size.imported, count=size.imported)
    found["gzip"] = flow.imported(site, slug="in", path=flow.pack(path), encoding="gzip")
    return found | {f"barest_{kind}": flow.copied(site, **plan, compression=kind) for kind in ("pglz", "lz4")}


def gold_out(site: Site, size: Size) -> dict[str, Any]:
    people = [one["id"] for one in site.annotators(site.people)]
    with site.connect() as connection:
        fill.pairs(connection, campaign=site.campaigns["gold"], count=size.pairs)
        fill.judged(connection, campaign=site.campaigns["gold"], people=people, done=size.pairs)
        fill.floor(connection, count=size.pairs)
    site.stack.shell(f"from bench import gold; gold.settle({site.campaigns['gold']})", timeout=600)
    site.tidy()
    path, rounds = "/api/v1/campaigns/gold/gold", size.rounds
    runs = [
        (flow.streamed(site.floor, "/stream", ""), flow.streamed(site.assay, path, site.manager)) for _ in range(rounds)
    ]
    runs.sort(key=lambda run: run[1]["rows_per_second"] / run[0]["rows_per_second"])
    rates = [{"floor": floor["rows_per_second"], "assay": assay["rows_per_second"]} for floor, assay in runs]
    floor, assay = runs[rounds // 2]
    return {"floor": floor, "assay": assay, "rows_per_second_of_all_rounds": rates}


def claim_time(site: Site, size: Size) -> dict[str, Any]:
    slugs = dict(zip(size.scale, ("small", "large"), strict=True))
    for count, slug in slugs.items():
        scale.filled(site, campaign=site.campaigns[slug], count=count)
    site.tidy()
    return scale.compared(site, slugs=slugs, cycles=size.claims, rounds=size.rounds)


def votes_in(site: Site, size: Size) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        return votes.agreement(Path(folder), votes=size.votes[0], workers=size.votes[1])


def assistance(site: Site, size: Size) -> dict[str, Any]:
    """Model work, and what the loop around it costs a pair: its share of the model's time on log-normal lengths."""
    with site.connect() as connection:
        fill.pairs(connection, campaign=site.campaigns["assist"], count=max(64, size.pairs // 20))
    site.tidy()
    found = assist.measured(size.texts, min(size.rounds, 3))
    said = site.stack.shell("from bench import drains; drains.measure('assist')", timeout=600)
    loop = json.loads(said.splitlines()[-1])
    shares = {kind: loop[kind] * found[kind]["log_normal"]["pairs_per_second"] / 1000 for kind in loop}
    return found | {"loop_ms_a_pair": loop, "loop_share": {kind: round(share, 4) for kind, share in shares.items()}}


def model_server(site: Site, size: Size) -> dict[str, Any]:
    return asking.measured(max(256, 4 * size.texts))


def workbench(site: Site, size: Size) -> dict[str, Any]:
    return page.measured(site, pairs=size.pages)


PARTS: dict[str, Callable[[Site, Size], dict[str, Any]]] = {
    "cycles": protocol,
    "exhausted": to_the_end,
    "import": pairs_in,
    "gold": gold_out,
    "scale": claim_time,
    "assist": assistance,
    "asking": model_server,
    "agreement": votes_in,
    "page": workbench,
}
SLUGS = ["main", "end", "in", "gold", "small", "large", "assist"]


def measure(size: Size, wanted: list[str]) -> dict[str, Any]:
    result: dict[str, Any] = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine.shape()}
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as home,
        Stack(home=Path(home), database="postgresql") as stack,
    ):
        site = Site(stack, slugs=SLUGS, people=max(size.people))
        for name in wanted:
            began = time.monotonic()
            result[name] = PARTS[name](site, size)
            print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    return result | {"load_after": machine.load(), "targets": targets.met(result)}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small numbers, under a minute: does it run at all?")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="these parts alone")
    given = parser.parse_args()
    print(json.dumps(measure(QUICK if given.quick else FULL, given.only), indent=1))


if __name__ == "__main__":
    main()
