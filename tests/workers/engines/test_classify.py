"""Reward models that SGLang serves: the same texts as here, scores as they come, faults told."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.workers.engines import tiny
from tests.workers.engines.fake_server import Script, serving
from tests.workers.engines.rows import UNEQUAL, assistant, row, user
from workers.engines import BackendDown, ModelMissing, Result, Row, load


def scores(*values: Any) -> tuple[int, str]:
    return 200, json.dumps([{"embedding": [value], "meta_info": {}} for value in values])


def run(folder: Path, script: Script, rows: list[Row], **options: Any) -> list[Result]:
    with serving(script, speaks="sglang") as setting:
        engine = load("reward", setting, cache=folder, tokenizer=str(folder), sleep=lambda _: None, **options)
        return engine.run(rows)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.reward_model(tmp_path_factory.mktemp("sglang") / "m", shape="llama", bos=True)


def test_scores_and_texts(model: Path) -> None:
    script = Script(scores(2.5, -1.0))
    (result,) = run(model, script, [row(1, "Hi", "Hello!", "No.")])
    assert result.payload is not None
    assert (result.payload["score_a"], result.payload["margin"], result.payload["truncated"]) == (2.5, 3.5, False)
    path, body = script.requests[0]
    assert (path, body["model"]) == ("/v1/classify", "some/model")
    assert body["text"] == [
        "<|user|>Hi<|end|><|assistant|>Hello!<|end|>",
        "<|user|>Hi<|end|><|assistant|>No.<|end|>",
    ], "no BOS: the server's tokenizer adds it"
    assert result.counts.read > 10


def test_too_long_loses_the_oldest_turns_and_says_so(model: Path) -> None:
    long = Row(1, [user("old " * 50), assistant("older"), user("LAST")], [assistant("x")], [assistant("y")])
    script = Script(scores(1, 2))
    (result,) = run(model, script, [long], max_tokens=40)
    assert result.payload is not None
    assert result.payload["truncated"] is True
    assert script.requests[0][1]["text"][0] == "<|user|>LAST<|end|><|assistant|>x<|end|>"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((200, "<html>"), "<html>"),
        (scores(1.0), "no two scores"),
        (scores("high", 1.0), "no two scores"),
        (scores(float("nan"), 1.0), "The model's score is nan"),
        ((400, "too long"), "too long"),
    ],
)
def test_a_bad_answer_is_that_row_s_error(model: Path, answer: tuple[int, str], message: str) -> None:
    bad, good = run(model, Script(answer, scores(1.0, 2.0)), [UNEQUAL[0], UNEQUAL[1]], concurrency=1)
    assert (bad.payload, message in bad.error) == (None, True), bad.error
    assert good.payload is not None


def test_a_server_that_scores_nothing_is_down(model: Path) -> None:
    with pytest.raises(BackendDown, match="500: broken"):
        run(model, Script((500, "broken")), UNEQUAL)


def test_a_server_that_goes_away_in_the_middle_keeps_what_it_scored(model: Path) -> None:
    with serving(
        Script(scores(1, 2), *[(500, "poison")] * 3, scores(1), scores(1, 2), (500, "broken")), speaks="sglang"
    ) as setting:
        options: dict[str, Any] = {"tokenizer": str(model), "sleep": lambda _: None, "concurrency": 1}
        engine = load("reward", setting, cache=model, **options)
        found: list[Result] = []
        groups = engine.stream([row(n, "Hi", "Hello!", "No.") for n in range(5)])
        with pytest.raises(BackendDown, match="500: broken"):
            found.extend(result for group in groups for result in group)
    assert [(result.id, result.payload is not None) for result in found] == [(0, True), (1, False), (2, True)]
    assert "500: poison" in found[1].error


def test_a_kind_that_a_server_does_not_do(model: Path) -> None:
    with pytest.raises(ModelMissing, match="does not do this kind of work"):
        load("embed", "sglang+http://127.0.0.1:9#m", cache=model)
    with pytest.raises(ModelMissing, match="does not do this kind of work"):
        load("judge", "sglang+http://127.0.0.1:9#m", cache=model)
