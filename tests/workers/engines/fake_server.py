"""An OpenAI-compatible server that answers what a test tells it to."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

GOOD = {
    "task_category": "math",
    "objectivity": "objective",
    "controversiality": "low",
    "desired_attributes": "A good answer is right.",
    "annotation_guideline": "Check that the sum is right. And",
}


class Script:
    """`answers` in order of arrival, the last one for ever: (status, body) or (status, body, headers).

    A body that is a list trickles: its parts come one by one, with a moment between."""

    def __init__(self, *answers: tuple[Any, ...]) -> None:
        self.answers, self.requests, self.url = list(answers), [], ""
        self.keys: list[str | None] = []
        self.lock = Lock()
        self.at_once = self.most_at_once = 0

    def next(self) -> tuple[Any, ...]:
        with self.lock:
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    @contextmanager
    def one_more(self) -> Iterator[None]:
        with self.lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        yield
        with self.lock:
            self.at_once -= 1


def saying(content: Any, **more: Any) -> tuple[int, str]:
    text = content if isinstance(content, str) else json.dumps(content)
    return 200, json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}], **more})


@contextmanager
def serving(script: Script, *, pause: float = 0, speaks: str = "openai") -> Iterator[str]:
    """The model setting of a server that plays the script, each answer after a pause in seconds."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            with script.one_more():
                self.play()

        def play(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with script.lock:
                script.requests.append((self.path, body))
                script.keys.append(self.headers["Authorization"])
            over.wait(pause)
            status, text, *headers = script.next()
            self.send_response(status)
            for name, value in (headers[0] if headers else {}).items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(BrokenPipeError, ConnectionResetError):
                for part in [text] if isinstance(text, str) else text:
                    self.wfile.write(part.encode())
                    over.wait(0 if isinstance(text, str) else 0.02)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    over = Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"{speaks}+http://127.0.0.1:{server.server_port}/v1#some/model"
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()
