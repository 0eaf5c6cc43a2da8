"""What a worker's own work costs while a model server does the thinking: CPU a request, with 64 in flight.

The server is a process of its own on loopback (`python -m bench.asking serve`) that answers each request after a pause
as a model would, with a good answer; the worker is another (`ask`) that runs the engine `attributes` over rows and
reads its own CPU time: prompts, JSON, HTTP and checks. Under 2 % of a core for 10 requests a second is under 2 ms.
"""

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.stack import ROOT, answers, free_port, wait_until

IN_FLIGHT, PAUSE = 64, 0.5  # requests, seconds: about 128 a second
MOST = 0.02  # of a core, for every 10 requests a second


def measured(requests: int) -> dict[str, Any]:
    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", "bench.asking", "serve", str(port)], cwd=ROOT)
    try:
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/seen"), seconds=60)
        done = subprocess.run(
            [sys.executable, "-m", "bench.asking", "ask", str(port), str(requests)],
            cwd=ROOT, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stderr)
        found: dict[str, Any] = json.loads(done.stdout)
        return found
    finally:
        server.kill()
        server.wait()


def ask(port: int, requests: int) -> dict[str, Any]:
    from urllib.request import urlopen

    from workers.engines import Row, load

    address = f"http://127.0.0.1:{port}"
    model = f"openai+{address}/v1#fake"
    engine = load("attributes", model, cache=Path("unused"), concurrency=IN_FLIGHT)
    talk = "Why is the sky blue at noon and red in the evening? " * 8
    rows = [Row(n, [{"role": "user", "content": f"{n}: {talk}"}], [], []) for n in range(requests)]
    engine.run(rows[: 2 * IN_FLIGHT])  # connections are open, code is loaded
    began, used = time.perf_counter(), time.process_time()
    results = engine.run(rows)
    seconds, cpu = time.perf_counter() - began, time.process_time() - used
    good = sum(result.payload is not None for result in results)
    with urlopen(f"{address}/seen") as answer:
        most = json.loads(answer.read())["most"]
    return {
        "requests": requests,
        "good": good,
        "in_flight": most,
        "requests_per_second": round(requests / seconds, 1),
        "cpu_ms_a_request": round(1000 * cpu / requests, 3),
        "core_for_10_a_second": round(10 * cpu / requests, 4),
    }


def serve(port: int) -> None:
    from aiohttp import web

    from workers.engines.fake import PAYLOADS

    said = {name: value for name, value in PAYLOADS["attributes"].items() if name != "truncated"}
    message = {"role": "assistant", "content": json.dumps(said)}
    usage = {"prompt_tokens": 700, "completion_tokens": 80, "total_tokens": 780}
    body = json.dumps(
        {"id": "c", "object": "chat.completion", "choices": [{"index": 0, "message": message}], "usage": usage}
    )
    now, most = 0, 0

    async def answer(request: web.Request) -> web.Response:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await request.read()
        await asyncio.sleep(PAUSE)
        now -= 1
        return web.Response(text=body, content_type="application/json")

    async def seen(request: web.Request) -> web.Response:
        return web.json_response({"most": most})

    application = web.Application()
    application.add_routes([web.post("/v1/chat/completions", answer), web.get("/seen", seen)])
    web.run_app(application, host="127.0.0.1", port=port, print=None)


if __name__ == "__main__":
    what, port, *more = sys.argv[1:]
    if what == "serve":
        serve(int(port))
    else:
        print(json.dumps(ask(int(port), int(more[0]))))
