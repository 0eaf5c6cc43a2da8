"""A server that answers as the views do, in whichever mood a test asks for, and remembers what it was sent."""

import json
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from config.bundles import BUNDLES, bundle

STATIC = Path(__file__).parents[3] / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
POLICY = "default-src 'self'; script-src 'self'; style-src 'self'; form-action 'self'"

REFUSALS = {"refused": (422, "/refused"), "late": (409, "/late"), "broken": (500, ""), "another's": (401, "")}


class Stub:
    """`pages` by path; `mood` is recorded, refused, late, signed out, broken, another's (who is signed in), or lost
    (the lease). A commit that asks for JSON is answered with a receipt, `receipts` by path; `token` is the cookie's."""

    def __init__(self, pages: dict[str, str]) -> None:
        self.pages = pages
        self.mood = "recorded"
        self.token = "token-1"
        self.receipts = {"judgement": receipt("/verdict", 9, "verdict"), "verdict": receipt("/claims/10/", 10)}
        self.posts: list[tuple[str, str | None, str]] = []
        self.renewed = 0
        handler = type("Handler", (_Handler,), {"stub": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def receipt(url: str, claim: int, stage: str = "judgement", stamp: str = "") -> dict[str, object]:
    told = {"claim": claim, "stage": stage, "stamp": stamp, "held_seconds": 1800, "progress": "13 today, 341 in all"}
    return {"recorded": True, "url": url, **told}


class _Handler(BaseHTTPRequestHandler):
    stub: Stub

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if path.startswith("/static/"):
            name = path.removeprefix("/static/")
            text = bundle(name) if name in BUNDLES else (STATIC / name).read_text()
            return self.answer(200, text, TYPES[Path(name).suffix])
        self.answer(200, self.stub.pages.get(path, "<!doctype html><title>elsewhere</title>"))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        mood = self.stub.mood
        if self.path.endswith("/renew"):
            self.stub.renewed += 1
            return self.answer(409 if mood == "lost" else 200, '{"held_seconds": 1800}', "application/json")
        if self.path.endswith("/ahead"):
            page = self.stub.pages.get("/ahead", "")
            return self.answer(200 if page else 204, page)
        key = self.headers["Idempotency-Key"] or "".join(re.findall(r"idempotency_key=([^&]*)", body))
        self.stub.posts.append((self.path, key, body))
        if mood == "signed out":
            return self.go("/sign-in")
        if mood in REFUSALS:
            status, page = REFUSALS[mood]
            return self.answer(status, self.stub.pages.get(page, "{}"))
        told = self.stub.receipts[self.path.split("/")[-1]]
        if self.headers["Accept"] == "application/json":
            return self.answer(200, json.dumps(told), "application/json")
        self.go(str(told["url"]))

    def go(self, url: str) -> None:
        self.send_response(303)
        self.send_header("Location", url)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def answer(self, status: int, body: str, kind: str = "text/html; charset=utf-8") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body.encode())))
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Set-Cookie", f"csrftoken={self.stub.token}; Path=/; SameSite=Lax")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Silent: a test says what matters."""
