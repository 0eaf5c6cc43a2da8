"""What can go wrong behind a drain, with the real engines: every fault ends in a state that is recorded and seen."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from annotate.domain import assistance, failures
from annotate.models import Assistance
from tests.cast import make_assistance, make_cast, make_pair
from tests.workers.engines import tiny
from tests.workers.engines.fake_server import Script, saying, serving
from workers import loading
from workers.batches import Drained
from workers.draining import drain
from workers.engines import posting

pytestmark = pytest.mark.django_db
FAIR = {"reasoning": "The first is right.", "verdict": "Candidate 1"}
WHOLE = saying(FAIR)[1]
HALF = (200, WHOLE[: len(WHOLE) // 2], {"Content-Length": str(len(WHOLE))})


@pytest.fixture(autouse=True)
def fresh(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """Nothing loaded before, and a server is not waited for."""
    monkeypatch.setattr(posting, "pause", lambda *args, **kwargs: 0.0)
    settings.ASSISTANCE_MODELS, settings.MODELS_DIR = dict(settings.ASSISTANCE_MODELS), tmp_path
    loaded = loading.engine
    loaded.cache_clear()
    yield
    loaded.cache_clear()


def drained(settings: Any, kind: str, model: str) -> tuple[Drained, Assistance]:
    """One pair's row after one drain by this model."""
    settings.ASSISTANCE_MODELS[kind] = model
    row = make_assistance(make_pair(make_cast().campaign), kind)
    found = drain(kind=kind)
    row.refresh_from_db()
    return found, row


def test_no_such_folder(settings: Any) -> None:
    found, row = drained(settings, "reward", "/no/such/model")
    assert (found.failed, found.again) == (1, False)
    assert (row.state, row.attempts, row.error) == ("wanted", 1, "ModelMissing: There is no folder /no/such/model.")


def test_the_wrong_architecture_is_parked_with_its_reason(settings: Any, tmp_path: Path) -> None:
    folder = tiny.causal_model(tmp_path / "writer")
    found, row = drained(settings, "reward", str(folder))
    for _ in range(assistance.MOST_ATTEMPTS - 1):
        Assistance.objects.update(due=row.due.replace(year=2020))
        found = drain(kind="reward")
    row.refresh_from_db()
    assert "has no trained reward head" in found.error
    assert (row.state, row.attempts) == ("parked", assistance.MOST_ATTEMPTS)
    assert row.error.startswith("WrongArchitecture: ")
    assert failures.failed(campaign=row.campaign)[0]["error"] == row.error


@contextmanager
def served(*answers: tuple[Any, ...], pause: float = 0, speaks: str = "openai") -> Iterator[str]:
    with serving(Script(*answers), pause=pause, speaks=speaks) as setting:
        yield setting


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((429, "slow down"), "429: slow down"),
        ((500, "broken"), "500: broken"),
        ((401, "who are you"), "401: who are you"),
        (HALF, "RemoteProtocolError"),
    ],
)
def test_a_server_that_cannot_serve_leaves_the_row_waiting(settings: Any, answer: tuple[Any, ...], error: str) -> None:
    with served(answer) as model:
        found, row = drained(settings, "judge", model)
    assert (found.failed, found.again) == (1, False)
    assert (row.state, row.attempts) == ("wanted", 0), "the outage is not the row's fault"
    assert error in row.error


def test_a_server_that_is_killed_in_the_middle_of_a_batch_blames_no_row(settings: Any) -> None:
    with served(saying(FAIR), saying(FAIR), (503, "gone")) as model:
        settings.ASSISTANCE_MODELS["judge"] = f"{model} concurrency=1"
        campaign = make_cast().campaign
        rows = [make_assistance(make_pair(campaign, number), "judge") for number in range(3)]
        found = drain(kind="judge")
    assert (found.done, found.failed, found.again) == (1, 2, False)
    assert sorted(Assistance.objects.values_list("state", "attempts")) == [("done", 1), ("wanted", 0), ("wanted", 0)]
    assert all("503: gone" in row.error for row in Assistance.objects.filter(pk__in=[row.pk for row in rows[1:]]))


def test_a_server_that_never_answers(settings: Any) -> None:
    with served(saying(FAIR), pause=5) as model:
        _, row = drained(settings, "judge", f"{model} timeout=0.05")
    assert (row.state, row.attempts, "ReadTimeout" in row.error) == ("wanted", 0, True)


def test_a_server_that_trickles_without_end(settings: Any) -> None:
    with served((200, ["{", *" " * 500])) as model:
        _, row = drained(settings, "judge", f"{model} timeout=0.3")
    assert (row.state, row.attempts, "no end of the answer" in row.error) == ("wanted", 0, True)


def test_no_server_at_all(settings: Any) -> None:
    _, row = drained(settings, "judge", "openai+http://127.0.0.1:9/v1#m timeout=2")
    assert (row.state, row.attempts, "ConnectError" in row.error) == ("wanted", 0, True)


SCORES = json.dumps([{"embedding": [score]} for score in (2.0, 1.0)])


@pytest.mark.parametrize(
    ("answer", "pause", "error", "attempts"),
    [
        ((429, "slow down"), 0, "429: slow down", 0),
        ((500, "broken"), 0, "500: broken", 0),
        ((200, SCORES[:20], {"Content-Length": str(len(SCORES))}), 0, "RemoteProtocolError", 0),
        ((200, SCORES), 5, "ReadTimeout", 0),
        ((200, "<html>"), 0, "no two scores: '<html>'", 1),
        ((400, "what is this"), 0, "refuses this row: 400: what is this", 1),
    ],
)
def test_a_reward_server_s_faults_are_told(
    settings: Any, tmp_path: Path, answer: tuple[Any, ...], pause: float, error: str, attempts: int
) -> None:
    folder = tiny.reward_model(tmp_path / "m", shape="qwen3", bos=False)
    with served(answer, pause=pause, speaks="sglang") as model:
        _, row = drained(settings, "reward", f"{model} tokenizer={folder} timeout=0.3")
    assert (row.state, row.attempts, error in row.error) == ("wanted", attempts, True), row.error


def test_a_long_retry_after_is_waited_for(settings: Any) -> None:
    with served((429, "later", {"Retry-After": "900"})) as model:
        _, row = drained(settings, "judge", model)
    assert (row.state, row.attempts) == ("wanted", 0)
    assert 800 < (row.due - timezone.now()).total_seconds() < 1200


@pytest.mark.parametrize("answer", [saying("no json"), (200, "<html>"), saying({"verdict": "Candidate 9"})])
def test_garbage_fails_the_row_with_its_text(settings: Any, answer: tuple[Any, ...]) -> None:
    with served(answer) as model:
        found, row = drained(settings, "judge", model)
    assert (found.failed, row.state, row.attempts) == (1, "wanted", 1)
    assert any(text in row.error for text in ("no json", "<html>", "Candidate 9"))


def test_a_row_that_fits_no_memory_is_told_so_and_its_neighbours_are_done(settings: Any, tmp_path: Path) -> None:
    import torch

    settings.ASSISTANCE_MODELS["reward"] = str(tiny.reward_model(tmp_path / "m", shape="qwen3", bos=False))
    engine: Any = loading.engine("reward", "default")
    whole = engine._forward._compute

    def small(inputs: dict[str, Any]) -> Any:
        if inputs["input_ids"].numel() > 300:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return whole(inputs)

    engine._forward._compute = small
    campaign = make_cast().campaign
    rows = [make_assistance(make_pair(campaign, number), "reward") for number in range(12)]
    long = [{"role": "user", "content": "why? " * 80}]
    rows.append(make_assistance(make_pair(campaign, 99, conversation=long), "reward"))
    found = drain(kind="reward")
    assert (found.done, found.failed) == (12, 1)
    rows[-1].refresh_from_db()
    assert "does not fit into memory, even alone" in rows[-1].error
    done = Assistance.objects.filter(state="done")
    assert done.count() == 12
    assert all(row.tokens_read and row.settings["dtype"] == "float32" for row in done)


def test_a_good_server_answers_with_all_that_is_recorded(settings: Any) -> None:
    with served(saying(FAIR, usage={"prompt_tokens": 50, "completion_tokens": 7})) as model:
        found, row = drained(settings, "judge", f"qwen = {model} samples=3 revision=abc tokens_a_day=1000")
        assert found == Drained(), "the row wants an engine that no line names"
        Assistance.objects.update(engine="qwen")
        assert drain(kind="judge").done == 1
    row.refresh_from_db()
    assert row.settings is not None
    assert (row.revision, row.prompt_version, row.settings["samples"], row.settings["temperature"]) == (
        "abc",
        "judge-1",
        3,
        0.7,
    )
    assert (row.tokens_read, row.tokens_written) == (150, 21)
    assert row.milliseconds is not None
