"""Attributes by way of an OpenAI-compatible server: real HTTP, scripted answers."""

import json
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from tests.workers.engines.fake_server import GOOD, Script, saying, serving
from tests.workers.engines.rows import UNEQUAL, row
from workers.engines import BackendDown, Counts, Result, Row, load
from workers.engines.posting import KEY_VARIABLE, Poster, pause, seconds_of

TIDY = {**GOOD, "annotation_guideline": "Check that the sum is right.", "truncated": False}


def run(script: Script, rows: list[Row], **options: Any) -> list[Result]:
    with serving(script) as setting:
        engine = load("attributes", setting, cache=Path("unused"), sleep=lambda _: None, **options)
        return engine.run(rows)


def test_a_good_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "secret")
    script = Script(saying(GOOD))
    results = run(script, UNEQUAL)
    assert results == [Result(r.id, TIDY) for r in UNEQUAL]
    path, body = script.requests[0]
    assert path == "/v1/chat/completions"
    assert body["model"] == "some/model"
    assert body["response_format"]["type"] == "json_schema"
    assert set(body["response_format"]["json_schema"]["schema"]["required"]) == set(GOOD)
    assert set(script.keys) == {"Bearer secret"}


def test_the_responses_are_never_sent() -> None:
    script = Script(saying(GOOD))
    run(script, [row(1, "asked", a="BAIT-A", b="BAIT-B")])
    assert "asked" in json.dumps(script.requests)
    assert "BAIT" not in json.dumps(script.requests)


def test_a_bad_answer_is_asked_for_once_more() -> None:
    script = Script(saying("not json"), saying(GOOD))
    (result,) = run(script, [row(1, "x")])
    assert (result.payload, result.settings) == (TIDY, {"asked_again": 1})
    first, second = (body for _, body in script.requests)
    assert (first["temperature"], second["temperature"]) == (0, 0.7), "or the same answer would come again"
    assert (second["seed"], second["frequency_penalty"]) == (first["seed"] + 1, 0.5)
    assert "frequency_penalty" not in first


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("no JSON at all", "no JSON at all"),
        ({**GOOD, "task_category": "poetry"}, "poetry"),
        ({**GOOD, "winner": "a"}, "winner"),
        ({**GOOD, "desired_attributes": "  "}, "desired_attributes"),
        ({**GOOD, "annotation_guideline": 3}, "annotation_guideline"),
        ({**GOOD, "objectivity": ["objective"]}, "objectivity"),
        ("[1]", "[1]"),
    ],
)
def test_two_bad_answers_are_an_error_with_their_text(content: Any, message: str) -> None:
    script = Script(saying(content))
    (result,) = run(script, [row(1, "x")])
    assert result.payload is None
    assert message in result.error
    assert len(script.requests) == 2


def test_one_refused_row_does_not_fail_the_others() -> None:
    script = Script((400, "too long"), saying(GOOD))
    results = run(script, [row(1, "x"), row(2, "y")], concurrency=1)
    assert [result.payload for result in results] == [None, TIDY]
    assert "too long" in results[0].error


def test_a_busy_server_is_asked_again() -> None:
    script = Script((429, "slow down", {"Retry-After": "1"}), (503, "starting"), saying(GOOD))
    assert run(script, [row(1, "x")]) == [Result(1, TIDY)]


@pytest.mark.parametrize("answer", [(500, "broken"), (401, "who are you"), (404, "no such model")])
def test_a_server_that_serves_nobody_is_down(answer: tuple[int, str]) -> None:
    with pytest.raises(BackendDown, match=answer[1]):
        run(Script(answer), [row(1, "x"), row(2, "y")])


def test_a_server_that_goes_away_in_the_middle_keeps_what_it_answered() -> None:
    with serving(Script(saying(GOOD), saying(GOOD), (500, "broken"))) as setting:
        engine = load("attributes", setting, cache=Path("unused"), sleep=lambda _: None, concurrency=1)
        found: list[Result] = []
        groups = engine.stream([row(n, "x") for n in range(4)])
        with pytest.raises(BackendDown, match="500: broken"):
            found.extend(result for group in groups for result in group)
    assert [(result.id, result.payload) for result in found] == [(0, TIDY), (1, TIDY)]
    first, second = run(Script(saying(GOOD), (500, "broken")), [row(1, "x"), row(2, "y")], concurrency=1)
    assert (first.payload, second.payload, "500: broken" in second.error) == (TIDY, None, True)


@pytest.mark.parametrize("status", [500, 503])
def test_a_row_that_breaks_the_server_is_at_fault_where_others_are_answered_after_it(status: int) -> None:
    script = Script(saying(GOOD), *[(status, "broken")] * 3, saying(GOOD))
    results = run(script, [row(n, "x") for n in range(3)], concurrency=1)
    assert [result.payload for result in results] == [TIDY, None, TIDY]
    assert f"{status}: broken" in results[1].error


def test_a_row_that_breaks_the_server_is_at_fault_where_the_server_still_greets() -> None:
    script = Script(*[(500, "no grammar")] * 3, saying("Hello!"))
    (result,) = run(script, [row(1, "x")])
    assert (result.payload, result.error) == (None, "The server fails on this row: 500: no grammar")
    assert script.requests[-1][1]["max_tokens"] == 1


def test_no_server_at_all() -> None:
    engine = load("attributes", "openai+http://127.0.0.1:9/v1#m", cache=Path("unused"), sleep=lambda _: None, timeout=2)
    with pytest.raises(BackendDown):
        engine.run([row(1, "x")])


def test_garbage_in_place_of_a_completion() -> None:
    (result,) = run(Script((200, "<html>")), [row(1, "x")])
    assert "<html>" in result.error


def test_a_long_conversation_is_cut_and_says_so() -> None:
    script = Script(saying(GOOD))
    (result,) = run(script, [row(1, "old " * 100_000 + "the end")], max_tokens=3_000)
    assert result.payload is not None
    assert result.payload["truncated"] is True
    sent = script.requests[0][1]["messages"][-1]["content"]
    assert "the end" in sent
    assert len(sent) < 12_000


def test_a_pause_obeys_the_server_and_ends() -> None:
    assert 7 <= pause(0, first=1, asked_for=7) <= 7.5
    assert pause(0, first=1, asked_for=86400) == 30
    assert 1 <= pause(1, first=1, asked_for=None) <= 2


def test_retry_after_is_seconds_or_a_date() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    assert seconds_of("7") == 7
    assert 90 < (seconds_of(soon) or 0) <= 100
    assert seconds_of("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert seconds_of("soon") is seconds_of(None) is None


def test_a_server_that_asks_for_a_long_pause_gets_it() -> None:
    script = Script((429, "come back later", {"Retry-After": "600"}))
    with pytest.raises(BackendDown, match="asks to wait 600 s") as caught:
        run(script, [row(1, "x")])
    assert (caught.value.retry_after, len(script.requests)) == (600, 1)


def test_half_a_stream_is_tried_again_and_then_told() -> None:
    whole = saying(GOOD)[1]
    cut = (200, whole[: len(whole) // 2], {"Content-Length": str(len(whole))})
    assert run(Script(cut, saying(GOOD)), [row(1, "x")]) == [Result(1, TIDY)]
    with pytest.raises(BackendDown, match="RemoteProtocolError"):
        run(Script(cut), [row(1, "x")])


def test_a_server_that_never_answers_is_down_in_time() -> None:
    with serving(Script(saying(GOOD)), pause=5) as setting:
        engine = load("attributes", setting, cache=Path("unused"), sleep=lambda _: None, timeout=0.05)
        with pytest.raises(BackendDown, match="ReadTimeout"):
            engine.run([row(1, "x")])


def test_tokens_are_counted_as_the_server_says_and_bad_answers_count_too() -> None:
    usage = {"prompt_tokens": 70, "completion_tokens": 9}
    script = Script(saying("not json", usage=usage), saying(GOOD, usage=usage))
    (result,) = run(script, [row(1, "x")])
    assert result.counts == Counts(read=140, written=18)
    (plain,) = run(Script(saying(GOOD)), [row(1, "x")])
    assert plain.counts.read > 100, "estimated where the server says nothing"


def test_requests_are_in_flight_together_up_to_the_limit() -> None:
    script = Script(saying(GOOD))
    rows = [row(n, f"question {n}") for n in range(24)]
    with serving(script, pause=0.05) as setting:
        engine = load("attributes", setting, cache=Path("unused"), concurrency=6)
        results = engine.run(rows)
    assert [result.payload for result in results] == [TIDY] * 24
    assert 1 < script.most_at_once <= 6


def test_what_ended_first_is_told_first_however_late_one_asks() -> None:
    places, all_done = [*range(40)], threading.Event()

    def work(place: int, over: threading.Event) -> int:
        if place == places[-1]:
            all_done.set()
        return place

    ended = Poster("http://127.0.0.1:9", concurrency=1).each(places, work)
    first = next(ended)
    all_done.wait()
    assert [got for _, got in [first, *ended]] == places


def test_left_in_the_middle_nothing_more_is_sent() -> None:
    script = Script(saying(GOOD))
    with serving(script, pause=0.02) as setting:
        engine = load("attributes", setting, cache=Path("unused"), concurrency=1)
        groups = engine.stream([row(n, "x") for n in range(50)])
        next(groups)
        groups.close()
        time.sleep(0.2)
        assert len(script.requests) < 5
