"""Judges: order drawn and undone, samples merged, position bias seen; and verification of one response alone."""

import json
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from curation.votes import Position
from tests.workers.engines import tiny
from tests.workers.engines.fake_server import Script, saying, serving
from tests.workers.engines.rows import UNEQUAL, assistant, row, user
from workers.engines import BackendDown, Example, Message, Result, Row, load
from workers.engines.judge import Judge, checked, prompt
from workers.engines.preverify import VERDICTS, Preverify
from workers.engines.writing import Answer, Asked, Written

ROWS = [row(n, f"Question {n}?", f"FIRST-{n}", f"SECOND-{n}") for n in range(60)]
Say = Callable[[list[Message]], str]


class Fake:
    """A writer that answers by what it reads."""

    revision, limit = "1", 4_000

    def __init__(self, say: Say) -> None:
        self.settings: dict[str, Any] = {}
        self.asked: list[Asked] = []
        self._say = say

    def cost(self, messages: list[Message]) -> int:
        return sum(len(message["content"]) for message in messages) // 3

    def stream(
        self, asked: Sequence[Asked], *, schema: dict[str, Any], blank: list[Message]
    ) -> Generator[tuple[int, Answer]]:
        self.asked += asked
        for which in reversed(range(len(asked))):
            verdict = self._say(asked[which].messages)
            text = json.dumps({"reasoning": f"Because of {verdict}.", "verdict": verdict}) if verdict else "no json"
            yield which, Written(text, 10, 2)


def judge(say: Say, **options: Any) -> Judge:
    return Judge(Fake(say), model="fake", batch=8, **({"samples": 2, "seed": 0} | options))


def always_first(messages: list[Message]) -> str:
    return "Candidate 1"


def prefers(word: str) -> Say:
    """A judge with an opinion, whatever the order."""

    def say(messages: list[Message]) -> str:
        asked = messages[-1]["content"]
        return "Candidate 1" if asked.index(word) < asked.index("Candidate 2:") else "Candidate 2"

    return say


def payloads(results: list[Result]) -> list[dict[str, Any]]:
    assert all(result.payload for result in results), [result.error for result in results if result.error]
    return [result.payload or {} for result in results]


def bias(found: list[dict[str, Any]]) -> Position:
    return sum((Position(one["first"], one["clear"]) for one in found), Position(0, 0))


def test_one_that_always_takes_the_first_is_seen_through() -> None:
    """Two samples in both orders: its votes cancel, and the share of the first says why."""
    found = payloads(judge(always_first).run(ROWS))
    assert {one["choice"] for one in found} == {"undecided"}
    assert bias(found).share == 1.0
    once = payloads(judge(always_first, samples=1).run(ROWS))
    assert {one["choice"] for one in once} == {"a", "b"}, "by the order that was drawn"
    assert 15 < sum(one["choice"] == "a" for one in once) < 45
    assert bias(once).share == 1.0


@pytest.mark.parametrize(("word", "choice"), [("FIRST", "a"), ("SECOND", "b")])
@pytest.mark.parametrize("samples", [1, 2, 3])
def test_the_verdict_is_undone_to_canonical_order(word: str, choice: str, samples: int) -> None:
    found = payloads(judge(prefers(word), samples=samples).run(ROWS))
    assert {one["choice"] for one in found} == {choice}
    assert {one["votes"][choice] for one in found} == {samples}
    share = bias(found).share
    assert share is not None
    assert 0.3 < share < 0.7


def test_the_order_comes_from_the_seed_and_the_pair() -> None:
    def orders(engine: Judge, rows: list[Row]) -> list[list[str]]:
        return [[sample["order"] for sample in one["samples"]] for one in payloads(engine.run(rows))]

    here = orders(judge(always_first, samples=3), ROWS)
    assert orders(judge(always_first, samples=3), ROWS[::-1]) == here[::-1], "not from the batch"
    assert orders(judge(always_first, samples=3, seed=1), ROWS) != here
    assert all(one[0] != one[1] and one[0] == one[2] for one in here), "samples take turns"
    assert {one["seed"] for one in payloads(judge(always_first, seed=7).run(ROWS))} == {7}


def test_a_swapped_pair_gets_the_mirrored_verdict() -> None:
    swapped = [Row(one.id, one.conversation, one.response_b, one.response_a) for one in ROWS]
    found = payloads(judge(prefers("FIRST"), samples=3).run(swapped))
    assert {one["choice"] for one in found} == {"b"}


def test_a_bad_answer_is_asked_for_once_more_and_then_left_out() -> None:
    answers = iter(["", "Candidate 1", "cannot tell"])
    engine = judge(lambda messages: next(answers), samples=2)
    (found,) = engine.run(ROWS[:1])
    assert found.payload is not None
    assert len(found.payload["samples"]) == 2
    (failed,) = judge(lambda messages: "").run(ROWS[:1])
    assert (failed.payload, "no json" in failed.error) == (None, True)
    half = iter(["", "Candidate 2", ""])
    (partly,) = judge(lambda messages: next(half), samples=2).run(ROWS[:1])
    assert partly.payload is not None
    assert (len(partly.payload["samples"]), partly.payload["failed"]) == (1, 1)
    assert partly.counts.read == 30, "what bad answers took counts too"


def example(choice: str) -> Example:
    return Example(
        [user("Old question?")], [assistant("OLD-A")], [assistant("OLD-B")], choice, {"annotation_guideline": "RULE"}
    )


def test_examples_show_how_people_decided_in_the_order_they_stand_in() -> None:
    shown = Row(
        1, [user("New?")], [assistant("NEW-A")], [assistant("NEW-B")], examples=(example("b"),), guideline="BE FAIR"
    )
    for order, verdict in (("ab", "Candidate 2"), ("ba", "Candidate 1")):
        system, asked, answered, last = prompt(shown, shown.conversation, "ab", [(shown.examples[0], order)])
        assert "BE FAIR" in system["content"]
        assert "RULE" in asked["content"]
        assert json.loads(answered["content"])["verdict"] == verdict
        assert last["content"].index("NEW-A") < last["content"].index("NEW-B")


def test_the_record_names_the_examples_that_every_sample_was_shown() -> None:
    several = tuple(replace(example("a"), id=n, reason="why " * n * 60) for n in (3, 9, 5))
    shown = Row(1, [user("New?")], [assistant("A" * 4_000)], [assistant("B" * 4_000)], examples=several)
    writer = Fake(always_first)
    (found,) = Judge(writer, model="fake", batch=8, samples=2, seed=0).run([shown])
    assert found.settings == {"examples": [3, 9, 5]}
    writer.limit = writer.cost(writer.asked[0].messages) - 1
    (fewer,) = Judge(writer, model="fake", batch=8, samples=2, seed=0).run([shown])
    assert fewer.settings == {"examples": [3, 9]}
    assert [len(asked.messages) for asked in writer.asked] == [8, 8, 6, 6]
    assert fewer.payload is not None
    assert fewer.payload["truncated"] is False, "nothing of the pair itself is missing"


def test_where_there_is_no_room_examples_go_first_and_responses_never() -> None:
    many = Row(
        1, [user("Q" * 3_000)], [assistant("A" * 1_500)], [assistant("B" * 1_500)], examples=(example("a"),) * 40
    )
    engine = judge(prefers("AAA"))
    (found,) = payloads(engine.run([many]))
    assert (found["choice"], found["truncated"]) == ("a", False), "eight examples fit"
    long = Row(
        2,
        [user("old " * 9_000), assistant("x"), user("LAST")],
        many.response_a,
        many.response_b,
        examples=many.examples,
    )
    writer = Fake(prefers("AAA"))
    (cut,) = payloads(Judge(writer, model="fake", batch=8, samples=1, seed=0).run([long]))
    assert cut["truncated"] is True
    assert len(writer.asked[0].messages) == 2
    assert "LAST" in writer.asked[0].messages[-1]["content"]
    (refused,) = engine.run([Row(3, [user("Q")], [assistant("A" * 20_000)], [assistant("B")])])
    assert "The two responses alone take" in refused.error


@pytest.mark.parametrize(
    "answer",
    [
        "[]",
        '{"verdict": "Candidate 1"}',
        '{"reasoning": 1, "verdict": "Candidate 1"}',
        "x",
        '{"reasoning": "r", "verdict": "Candidate 3"}',
        '{"reasoning": "r", "verdict": ["a"]}',
    ],
)
def test_what_does_not_fit_is_a_bad_answer(answer: str) -> None:
    assert not isinstance(checked(answer, ["Candidate 1", "Candidate 2"]), dict)


def test_a_response_is_verified_alone() -> None:
    writer = Fake(lambda messages: "correct" if "FIRST" in messages[-1]["content"] else "incorrect")
    found = payloads(Preverify(writer, model="fake", batch=8).run(ROWS[:5]))
    for one in found:
        assert (one["a"]["verdict"], one["b"]["verdict"], one["truncated"]) == ("correct", "incorrect", False)
    for asked in writer.asked:
        text = json.dumps(asked.messages)
        assert ("FIRST" in text) != ("SECOND" in text), "never both"


def test_one_side_that_cannot_be_verified_does_not_take_the_other_along() -> None:
    writer = Fake(lambda messages: "correct" if "FIRST" in messages[-1]["content"] else "")
    (one,) = payloads(Preverify(writer, model="fake", batch=8).run(ROWS[:1]))
    assert (one["a"]["verdict"], one["b"]) == ("correct", {"verdict": "cannot tell", "reason": ""})


def test_behind_a_server(tmp_path: Path) -> None:
    good = {"reasoning": "The first is right.", "verdict": "Candidate 1"}
    script = Script(saying(good))
    with serving(script) as setting:
        engine = load("judge", setting, cache=tmp_path, samples=3, seed=5, revision="sha-1")
        found = payloads(engine.run(ROWS[:4]))
    assert engine.provenance.revision == "sha-1"
    assert engine.provenance.settings["samples"] == 3
    assert bias(found).share == 1.0
    assert {body["temperature"] for _, body in script.requests} == {0.7}
    assert len({body["seed"] for _, body in script.requests}) == 12
    verdicts = script.requests[0][1]["response_format"]["json_schema"]["schema"]["properties"]["verdict"]["enum"]
    assert verdicts == ["Candidate 1", "Candidate 2", "cannot tell"]
    with serving(Script((500, "broken"))) as setting, pytest.raises(BackendDown):
        load("judge", setting, cache=tmp_path, sleep=lambda _: None).run(ROWS[:2])


@pytest.mark.parametrize("kind", ["judge", "preverify"])
def test_noise_here_writes_what_fits_the_schema(kind: str, tmp_path: Path) -> None:
    folder = tiny.causal_model(tmp_path / "noise")
    engine = load(kind, str(folder), cache=tmp_path, device="cpu", max_tokens=6_000, guidance=0.0)
    for result in engine.run(UNEQUAL[:2]):
        if result.payload is None:
            assert "is not JSON" in result.error, "noise may run out of room, nothing worse"
        elif kind == "judge":
            assert result.payload["choice"] in ("a", "b", "undecided")
        else:
            assert result.payload["a"]["verdict"] in VERDICTS
        assert result.counts.written > 0
