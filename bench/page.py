"""A workbench page with two responses of 20 kB in Chromium: bytes, server time, first paint, shift, the next pair.

The next pair is measured from the event of the key to the frame after the swapped page was painted, on the loopback and
again with 150 ms of latency in either direction, as over a slow network.
"""

import http.client
import json
import statistics
import time
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

from bench.load import spread
from bench.site import Site
from tests.browser.desk import launch
from tests.stack import wait_until

WATCH = """(() => {
    const seen = window.seen = { shift: 0, key: 0, next: [] };
    const add = (one) => { if (!one.hadRecentInput) seen.shift += one.value; };
    new PerformanceObserver((list) => list.getEntries().forEach(add))
        .observe({ type: "layout-shift", buffered: true });
    const press = (event) => { if (event.ctrlKey && event.key === "Enter") seen.key = event.timeStamp; };
    addEventListener("keydown", press, true);
    document.addEventListener("assay:page", () => requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => seen.next.push(performance.now() - seen.key);
        port2.postMessage(0);
    }));
})();"""
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
SLOW = {"offline": False, "latency": 300, "downloadThroughput": -1, "uploadThroughput": -1}


def measured(site: Site, *, pairs: int) -> dict[str, Any]:
    said = site.stack.shell(f"from bench import desks; desks.make({pairs})")
    sessions: dict[str, str] = json.loads(said.splitlines()[-1])
    return {
        "server_ms": server_time(site, sessions["reader"], pairs=pairs),
        **browser_time(site, sessions["judge"], rounds=max(2, pairs // 4)),
    }


def server_time(site: Site, session: str, *, pairs: int) -> dict[str, Any]:
    """The page of one claim after another: the first of a sitting, after *My work* was open; of a pair that nobody
    opened or got ready; and again from what is kept of its texts."""
    address = urlsplit(site.assay.url)
    connection = http.client.HTTPConnection(address.netloc, timeout=60)
    headers = {"Cookie": f"sessionid={session}", "Accept-Encoding": "gzip"}
    first, unprepared, again, sizes, cpu = [], [], [], [], []
    for _ in range(pairs):
        path, token = _claim(connection, headers)
        unprepared.append(_timed(connection, path, headers)[0])
        _give_back(connection, path, headers, token)
    for _ in range(pairs):
        _ask(connection, "GET", "/campaigns/page/upcoming", headers)
        path, token = _claim(connection, headers)
        first.append(_timed(connection, path, headers)[0])
        again += [_timed(connection, path, headers)[0] for _ in range(3)]
        with site.assay.meter() as used:
            took = [_timed(connection, path, headers) for _ in range(3)]
        again += [one[0] for one in took]
        cpu.append(used.per(3)["server_ms"])
        sizes.append(took[-1][1])
        _give_back(connection, path, headers, token)
    return {
        "first": spread(first),
        "unprepared": spread(unprepared),
        "again": spread(again),
        "cpu_again": round(statistics.median(cpu), 1),
        "html_kb": round(statistics.mean(sizes) / 1000, 1),
    }


def _claim(connection: http.client.HTTPConnection, headers: dict[str, str]) -> tuple[str, str]:
    _status, answer = _ask(connection, "GET", "/", headers)
    token = next(part.split("=")[1] for part in answer["set-cookie"].split("; ") if part.startswith("csrftoken="))
    posted = headers | {"Cookie": f"{headers['Cookie']}; csrftoken={token}", "X-CSRFToken": token}
    _status, answer = _ask(connection, "POST", "/campaigns/page/next", posted)
    return answer["location"], token


def _give_back(connection: http.client.HTTPConnection, path: str, headers: dict[str, str], token: str) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    posted = headers | form | {"Cookie": f"{headers['Cookie']}; csrftoken={token}", "X-CSRFToken": token}
    _ask(connection, "POST", f"{path}abandon", posted, "cause=other")


def _ask(
    connection: http.client.HTTPConnection, method: str, path: str, headers: dict[str, str], body: str = ""
) -> tuple[int, dict[str, str]]:
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    size = len(answer.read())
    return size, {name.lower(): value for name, value in answer.getheaders()}


def _timed(connection: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> tuple[float, int]:
    began = time.perf_counter()
    size, _headers = _ask(connection, "GET", path, headers)
    return (time.perf_counter() - began) * 1000, size


def browser_time(site: Site, session: str, *, rounds: int) -> dict[str, Any]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        loads = [_load(browser, site.assay.url, session) for _ in range(rounds)]
        found = {name: _middle([one[name] for one in loads]) for name in loads[0]}
        for name, latency in (("next_ms", None), ("next_ms_slow_network", SLOW)):
            took, moved = _next_pairs(browser, site.assay.url, session, rounds, latency)
            found[name], found[name.replace("ms", "shift")] = spread(took), moved
        browser.close()
    return found


def _middle(figures: list[float]) -> float:
    return round(statistics.median(figures), 4)


def _context(browser: Any, url: str, session: str) -> Page:
    context = browser.new_context(base_url=url, viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
    context.add_init_script(WATCH)
    page: Page = context.new_page()
    return page


def _load(browser: Any, url: str, session: str) -> dict[str, float]:
    """The page in browsers that have never been here: one is watched for bytes, which costs time, one for time."""
    page = _context(browser, url, session)
    path = _open(page)
    page.context.close()
    return _bytes(_context(browser, url, session), path) | _paint(_context(browser, url, session), path)


def _bytes(page: Page, path: str) -> dict[str, float]:
    sizes: dict[str, float] = {}
    names: dict[str, str] = {}
    network = page.context.new_cdp_session(page)
    network.on(
        "Network.requestWillBeSent", lambda event: names.__setitem__(event["requestId"], event["request"]["url"])
    )
    network.on(
        "Network.loadingFinished", lambda event: sizes.__setitem__(event["requestId"], event["encodedDataLength"])
    )
    network.send("Network.enable")
    _visit(page, path)
    page.context.close()
    ahead = sum(size for request, size in sizes.items() if names.get(request, "").endswith("/ahead"))
    return {"kb": (sum(sizes.values()) - ahead) / 1000, "kb_of_the_next": ahead / 1000, "requests": len(sizes)}


def _paint(page: Page, path: str) -> dict[str, float]:
    _visit(page, path)
    found = {"first_paint_ms": page.evaluate(PAINT), "layout_shift": page.evaluate("seen.shift")}
    page.context.close()
    return found


def _visit(page: Page, path: str) -> None:
    with page.expect_response("**/ahead"):
        page.goto(path)
    page.wait_for_timeout(500)  # nothing moves any more


def _open(page: Page) -> str:
    page.goto("/")
    with page.expect_navigation(url="**/claims/*/"):
        page.click("[data-key=s]")
    return urlsplit(page.url).path


def _next_pairs(
    browser: Any, url: str, session: str, rounds: int, latency: dict[str, Any] | None
) -> tuple[list[float], float]:
    """Milliseconds from the key to each next pair, and how far things moved that no key had just been pressed for."""
    page = _context(browser, url, session)
    with page.expect_response("**/ahead"):
        _open(page)
    if latency:
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        network.send("Network.emulateNetworkConditions", latency)
    for at in range(1, rounds + 1):
        page.wait_for_timeout(300)
        page.keyboard.press("2")
        page.keyboard.press("e")
        page.keyboard.press("/")
        page.keyboard.type("It answers what was asked.")
        with page.expect_response("**/ahead"):
            page.keyboard.press("Control+Enter")
            wait_until(lambda at=at: page.evaluate("seen.next.length") >= at, seconds=20, every=0.02)
    seen: dict[str, Any] = page.evaluate("seen")
    page.context.close()
    return seen["next"], seen["shift"]
