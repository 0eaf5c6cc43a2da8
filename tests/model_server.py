"""An OpenAI-compatible server on this machine that streams what a test tells it to, and can misbehave."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Handler = BaseHTTPRequestHandler
Act = Callable[[Handler, dict[str, Any]], None]


class Model:
    """What the server does with a question, what it was asked, and a door that an answer may wait at."""

    def __init__(self, act: Act | None = None) -> None:
        self.act = act or says("Four.")
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.url = ""
        self.door = threading.Event()
        self.left = threading.Event()  # whoever asked hung up


def chunk(words: str = "", *, finish: str | None = None, usage: dict[str, int] | None = None) -> bytes:
    choices = [{"index": 0, "delta": {"content": words}, "finish_reason": finish}]
    event = {"id": "c1", "object": "chat.completion.chunk", "model": "tiny-1", "choices": [] if usage else choices}
    return b"data: " + json.dumps(event | ({"usage": usage} if usage else {})).encode() + b"\n\n"


def begin(handler: Handler, status: int = 200, content_type: str = "text/event-stream", **headers: str) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", content_type)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()


def says(*words: str, finish: str = "stop") -> Act:
    """A well-behaved answer, a chunk for each text."""

    def act(handler: Handler, body: dict[str, Any]) -> None:
        begin(handler)
        handler.wfile.write(b": a comment\n\n" + chunk())
        for text in words:
            handler.wfile.write(chunk(text))
        usage = {"prompt_tokens": 12, "completion_tokens": len(words), "total_tokens": 12 + len(words)}
        handler.wfile.write(chunk(finish=finish) + chunk(usage=usage) + b"data: [DONE]\n\n")

    return act


def breaks_off(*words: str) -> Act:
    """The connection ends in the middle of the answer."""

    def act(handler: Handler, body: dict[str, Any]) -> None:
        begin(handler)
        handler.wfile.write(b"".join(map(chunk, words)))

    return act


def refuses(status: int, body: Any = None, **headers: str) -> Act:
    def act(handler: Handler, _body: dict[str, Any]) -> None:
        begin(handler, status, "application/json", **headers)
        handler.wfile.write(body.encode() if isinstance(body, str) else json.dumps(body or {}).encode())

    return act


def sends(text: bytes, content_type: str = "text/event-stream") -> Act:
    def act(handler: Handler, _body: dict[str, Any]) -> None:
        begin(handler, content_type=content_type)
        handler.wfile.write(text)

    return act


def waits(model: Model, *words: str, before: bool = False) -> Act:
    """Says its words, then waits at the door (`before`: before anything at all), and then ends as it should."""

    def act(handler: Handler, _body: dict[str, Any]) -> None:
        if before:
            _wait(model, handler)
        begin(handler)
        for text in words:
            handler.wfile.write(chunk(text))
        if not before:
            _wait(model, handler)
        handler.wfile.write(chunk(" The end.", finish="stop") + b"data: [DONE]\n\n")

    return act


def _wait(model: Model, handler: Handler) -> None:
    """Until the door opens, or nobody listens any more."""
    handler.connection.settimeout(0.02)
    while not model.door.is_set():
        try:
            if handler.connection.recv(1) == b"":
                model.left.set()
                return
        except TimeoutError:
            continue
        except OSError:
            model.left.set()
            return
    handler.connection.settimeout(None)


@contextmanager
def serving(model: Model) -> Iterator[Model]:
    """The server; `model.url` is what an operator would set."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            model.asked.append({"path": self.path, **body})
            model.keys.append(self.headers["Authorization"])
            try:
                model.act(self, body)
            except OSError:
                model.left.set()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    model.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield model
    finally:
        model.door.set()
        server.shutdown()
        thread.join()
        server.server_close()
