"""The load generator, in a process of its own: `python -m bench.load` reads a plan on stdin, prints what it saw.

A plan: {"url", "kind": "protocol" | "floor", "slug", "tokens": [one a person], "cycles", "seconds", "in_turn"}.
Everybody works without pause, one request at a time; all stop after `cycles` full cycles together, or after
`seconds`. With `in_turn` only one person works at a moment, cycle by cycle.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp

TIMEOUT = aiohttp.ClientTimeout(total=60)


@dataclass
class Seen:
    """Milliseconds by kind of request, in the order of the answers."""

    times: dict[str, list[float]] = field(default_factory=dict)
    cycles: int = 0
    started: int = 0
    idle: int = 0  # people who were told that nothing is left
    problems: list[str] = field(default_factory=list)


class Person:
    def __init__(self, session: aiohttp.ClientSession, plan: dict[str, Any], token: str, seen: Seen) -> None:
        self.session, self.plan, self.seen = session, plan, seen
        self.headers = {"Authorization": f"Bearer {token}"}

    async def work(self, until: float) -> None:
        while self.more(until):
            self.seen.started += 1
            if not await self.cycle():
                self.seen.idle += 1
                return
            self.seen.cycles += 1

    def more(self, until: float) -> bool:
        return self.seen.started < self.plan["cycles"] and time.monotonic() < until and not self.seen.problems

    async def cycle(self) -> bool:
        return await {"protocol": self.protocol, "floor": self.floor}[self.plan["kind"]]()

    async def protocol(self) -> bool:
        """Claim, judgement with its reveal, verdict. Everybody prefers the same response, whichever side it is on."""
        claim = await self.post("claim", f"/api/v1/campaigns/{self.plan['slug']}/claims", None)
        if claim is None:
            return False
        left, right = (claim["pair"][side][0]["content"] for side in ("left", "right"))
        said = {"choice": "left" if left < right else "right", "strength": 2, "confidence": 2}
        first = said | {"reason": "It answers what was asked, and the other one does not."}
        answer = await self.post("judgement", f"/api/v1/claims/{claim['id']}/judgement", first)
        if answer is not None and answer["next"] == "verdict":
            await self.post("verdict", f"/api/v1/claims/{claim['id']}/verdict", said | {"attested": True})
        return True

    async def floor(self) -> bool:
        """The same rhythm on the bare views: one claim, two writes."""
        row = await self.post("claim", "/claim", None)
        if row is None:
            return False
        body = {"choice": "left", "strength": 2, "confidence": 2, "reason": "It answers what was asked."}
        await self.post("write", f"/write/{row['id']}", body)
        await self.post("write", f"/write/{row['id']}", body)
        return True

    async def post(self, kind: str, path: str, body: dict[str, Any] | None) -> dict[str, Any] | None:
        began = time.perf_counter()
        async with self.session.post(self.plan["url"] + path, json=body, headers=self.headers) as response:
            text = await response.read()
        if response.status not in (200, 201, 204):
            self.seen.problems.append(f"{kind}: {response.status} {text[:300]!r}")
            return None
        if response.status == 204:
            return None
        self.seen.times.setdefault(kind, []).append((time.perf_counter() - began) * 1000)
        found: dict[str, Any] = json.loads(text)
        return found


async def run(plan: dict[str, Any]) -> dict[str, Any]:
    seen = Seen()
    began = time.monotonic()
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=TIMEOUT) as session:
        people = [Person(session, plan, token, seen) for token in plan["tokens"]]
        if plan.get("in_turn"):
            await in_turn(people, began + plan["seconds"])
        else:
            await asyncio.gather(*(person.work(began + plan["seconds"]) for person in people))
    return told(seen, time.monotonic() - began)


async def in_turn(people: list[Person], until: float) -> None:
    seen = people[0].seen
    while people[0].more(until):
        seen.cycles += await people[seen.started % len(people)].cycle()
        seen.started += 1


def told(seen: Seen, seconds: float) -> dict[str, Any]:
    every = [one for times in seen.times.values() for one in times]
    return {
        "seconds": round(seconds, 2),
        "cycles": seen.cycles,
        "requests": len(every),
        "cycles_per_second": round(seen.cycles / seconds, 1),
        "requests_per_second": round(len(every) / seconds, 1),
        "latency_ms": {kind: spread(times) for kind, times in {"all": every, **seen.times}.items()},
        "idle": seen.idle,
        "problems": seen.problems[:5],
    }


def spread(times: list[float]) -> dict[str, float]:
    ranked = sorted(times) or [0.0]
    return {name: round(ranked[int(share * (len(ranked) - 1))], 1) for name, share in (("p50", 0.5), ("p95", 0.95))}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(json.load(sys.stdin)))))
