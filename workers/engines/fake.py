"""An engine without a model, for tests of everything around engines. Its answers have the real ones' shape.

As a model setting: `fake:` answers at once, `fake:250` takes 250 ms a row. A conversation that says "fail here"
fails with an error of its own; `fake:missing` is a model that cannot be loaded.
"""

import time
from collections.abc import Sequence
from typing import Any

from workers.engines.errors import ModelMissing
from workers.engines.rows import Provenance, Result, Row, Runs

PREFIX = "fake:"
MISSING = "fake:missing"
FAILS = "fail here"

PAYLOADS: dict[str, dict[str, Any]] = {
    "attributes": {
        "task_category": "others",
        "objectivity": "subjective",
        "controversiality": "low",
        "desired_attributes": "A good answer is a fake one.",
        "annotation_guideline": "Check that nothing is at stake.",
        "truncated": False,
    },
    "embed": {"dim": 2, "dtype": "float32", "truncated": False},
    "reward": {"score_a": 0.5, "score_b": -0.5, "margin": 1.0, "p": 0.7310585786300049, "truncated": False},
    "differences": {"differences": [], "omitted": 0, "truncated": False},
    "judge": {
        "choice": "a",
        "votes": {"a": 2, "b": 0, "undecided": 0},
        "samples": [{"order": order, "choice": "a", "reason": "It is the first."} for order in ("ab", "ba")],
        "failed": 0,
        "seed": 0,
        "first": 1,
        "clear": 2,
        "truncated": False,
    },
    "preverify": {
        "a": {"verdict": "correct", "reason": "Nothing is at stake."},
        "b": {"verdict": "cannot tell", "reason": "Nothing is at stake."},
        "truncated": False,
    },
}
BLOBS = {"embed": bytes.fromhex("0000803f00000000")}  # (1, 0) as float32


def load(kind: str, model: str) -> "Fake":
    """Raises ModelMissing for `fake:missing`."""
    if model == MISSING:
        raise ModelMissing(f"There is no model {model}.")
    return Fake(kind, model)


class Fake(Runs):
    def __init__(self, kind: str, model: str) -> None:
        self.batch = 4
        self.provenance = Provenance("fake", model, "1", "fake-1", {})
        self._kind, self._pause = kind, int(model.removeprefix(PREFIX) or 0) / 1000

    def run(self, rows: Sequence[Row]) -> list[Result]:
        return [self._answer(row) for row in rows]

    def _answer(self, row: Row) -> Result:
        time.sleep(self._pause)
        if any(FAILS in message["content"] for message in row.conversation):
            return Result(row.id, None, error="The conversation says that it fails.")
        return Result(row.id, dict(PAYLOADS[self._kind]), BLOBS.get(self._kind))
