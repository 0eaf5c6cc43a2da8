"""One turn with a model behind a real server, well-behaved and not."""

import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.model_server import Model, breaks_off, chunk, refuses, says, sends, serving, waits
from workers.tools import Outcome, chat
from workers.tools.chat import Server, ask

ASKED = [{"role": "user", "content": "2 + 2?"}]
OPTIONS = {"max_tokens": 64, "temperature": 0}


@pytest.fixture
def model() -> Iterator[Model]:
    with serving(Model()) as model:
        yield model


def go_on(text: str) -> bool:
    return True


def asked(model: Model, *, wanted: Callable[[str], bool] = go_on, **changes: Any) -> Outcome:
    server = Server(url=model.url, model="some/model", key="sk-secret", options=OPTIONS, seconds=30)
    return ask(replace(server, **changes), ASKED, wanted=wanted)


def test_an_answer_is_put_together_and_says_where_it_comes_from(model: Model) -> None:
    model.act = says("The answer ", "is **4**", "。")
    outcome = asked(model)
    assert outcome.status == "finished"
    assert outcome.output == {
        "answer": "The answer is **4**。",
        "model": "tiny-1",
        "finish": "stop",
        "tokens": {"prompt": 12, "completion": 3},
        "note": "",
    }
    assert outcome.version == "chat completions at 127.0.0.1: some/model"
    assert '"max_tokens": 64' in outcome.environment
    assert model.asked == [
        {"path": "/v1/chat/completions", "model": "some/model", "messages": ASKED, "stream": True, **OPTIONS}
    ]
    assert model.keys == ["Bearer sk-secret"]
    assert "sk-secret" not in repr((outcome.output, outcome.version, outcome.environment))


def test_without_a_key_none_is_sent_and_the_same_answer_is_the_same(model: Model) -> None:
    one, other = asked(model, key=""), asked(model, key="")
    assert replace(one, milliseconds=0) == replace(other, milliseconds=0)
    assert model.keys == [None, None]


WHOLE = {"model": "m", "choices": [{"message": {"content": "Four."}, "finish_reason": "stop"}]}


@pytest.mark.parametrize(
    ("act", "status", "answer", "note"),
    [
        (says("cut", finish="length"), "finished", "cut", "limit of tokens"),
        (says(), "finished", "", "The model said nothing."),
        (refuses(200, WHOLE), "finished", "Four.", ""),
        (sends(chunk("Four.", finish="stop").replace(b"\n\n", b"\r\n\r\n")), "finished", "Four.", ""),
        (sends(chunk("a\x00b\ud800", finish="stop")), "finished", "a�b?", ""),
        (breaks_off("Half an ", "answ"), "failed", "Half an answ", "The answer broke off."),
        (breaks_off(), "failed", "", "answered nothing"),
        (refuses(429, {}, Retry_After="7"), "failed", "", "The assistant is busy (status 429). Try again in 7 s."),
        (refuses(429), "failed", "", "Try again later."),
        (refuses(500, "<h1>oh</h1>"), "failed", "", "status 500."),
        (refuses(302, {}, Location="http://169.254.0.1/"), "failed", "", "status 302."),
        (refuses(401, {"error": {"message": "Bad key sk-secret"}}), "failed", "", "refuses this installation's key"),
        (refuses(400, {"error": {"message": "context\n too long"}}), "failed", "", "It says: context too long"),
        (refuses(400, {"error": {"message": "sk-secret!"}}), "failed", "", "It says: …!"),
        (refuses(422, {"error": "wrong"}), "failed", "", "It says: wrong"),
        (refuses(422, "[" * 30_000), "failed", "", "status 422."),
        (refuses(200, "[" * 100_000), "failed", "", "no chat completion"),
        (sends(b"<html>hello</html>"), "failed", "", "answered nothing"),
        (sends(b"data: <html>\n\n"), "failed", "", "no chat completion"),
        (sends(b"data: []\n\n"), "failed", "", "no chat completion"),
        (sends(b'data: {"choices": 1}\n\n'), "failed", "", "no chat completion"),
        (sends(b'data: {"choices": [{"delta": {"content": 7}}]}\n\n'), "failed", "", "no chat completion"),
        (sends(b'data: {"choices": [], "usage": {"prompt_tokens": "x"}}\n\n'), "failed", "", "no chat completion"),
        (sends(chunk("So ") + b'data: {"error": {"message": "GPU lost"}}\n\n'), "failed", "So ", "GPU lost"),
        (sends(b"data: " + b"\xff\xfe\n\n"), "failed", "", "no chat completion"),
    ],
)
def test_whatever_a_server_does_is_an_outcome(model: Model, act: Any, status: str, answer: str, note: str) -> None:
    model.act = act
    outcome = asked(model)
    assert (outcome.status, outcome.output["answer"]) == (status, answer)
    assert (note in outcome.output["note"]) if note else outcome.output["note"] == ""
    json.dumps(outcome.output).encode()
    assert "secret" not in json.dumps(outcome.output)


def test_a_server_that_is_away_is_failed() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        outcome = ask(Server(f"http://127.0.0.1:{taken.getsockname()[1]}", "m"), ASKED, wanted=go_on)
    assert (outcome.status, outcome.output["note"]) == (
        "failed",
        "The assistant's server cannot be reached: ConnectError.",
    )


def test_an_answer_without_an_end_is_cut(model: Model) -> None:
    model.act = says(*["x" * 10_000] * 9)
    outcome = asked(model)
    assert (outcome.status, len(outcome.output["answer"])) == ("overflow", chat.LONGEST_ANSWER)
    model.act = sends(b": nothing\n" * (chat.LONGEST_STREAM // 10 + 1))
    assert asked(model).status == "overflow"


@pytest.mark.parametrize("before", [True, False])
def test_one_that_never_ends_is_stopped_by_time_and_hung_up_on(model: Model, before: bool) -> None:
    model.act = waits(model, "Well, ", before=before)
    outcome = asked(model, seconds=0.3)
    assert outcome.status == "timeout"
    assert outcome.output["answer"] in ("", "Well, ")
    assert model.left.wait(10), "the server is told that nobody listens"


@pytest.mark.parametrize("before", [True, False])
def test_whoever_asked_may_stop_it_at_any_moment(model: Model, before: bool) -> None:
    model.act = waits(model, "Well, ", before=before)
    seen: list[str] = []
    outcome = asked(model, wanted=lambda text: bool(seen.append(text)) or not (before or text))
    assert (outcome.status, outcome.output["note"]) == ("stopped", "Stopped by whoever asked.")
    assert outcome.output["answer"] == seen[-1] == ("" if before else "Well, ")
    assert model.left.wait(10)


def test_what_comes_is_told_while_it_comes(model: Model) -> None:
    model.act = waits(model, "Well, ")
    seen: list[str] = []

    def wanted(text: str) -> bool:
        seen.append(text)
        if text:
            model.door.set()
        return True

    assert asked(model, wanted=wanted).output["answer"] == "Well,  The end."
    assert "Well, " in seen


@pytest.mark.parametrize(("url", "name"), [("", "m"), ("http://x", "")])
def test_without_an_assistant_nothing_is_asked(url: str, name: str) -> None:
    outcome = ask(Server(url, name), ASKED, wanted=go_on)
    assert (outcome.status, outcome.output) == ("refused", {"note": chat.NOT_SET_UP})
