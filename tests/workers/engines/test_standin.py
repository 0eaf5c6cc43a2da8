"""The stand-in is a real checkpoint: trained, deterministic, loadable as any other."""

from pathlib import Path

import pytest

from tests.workers.engines.rows import assistant, user
from workers.engines import Row, load
from workers.engines.standin import train_standin

PAIRS = [
    ([user(f"What is {n} plus {n}?")], [assistant(f"It is {n + n}.")], [assistant("banana " * 8)]) for n in range(8)
]


@pytest.mark.model
@pytest.mark.filterwarnings("default")  # the trainer's own
def test_it_learns_what_it_was_shown(tmp_path: Path) -> None:
    folders = [train_standin(PAIRS, tmp_path / name, cache=tmp_path, steps=6) for name in ("one", "two")]
    one, two = (load("reward", str(folder), cache=tmp_path) for folder in folders)
    assert one.provenance.revision == two.provenance.revision
    results = one.run([Row(i, *pair) for i, pair in enumerate(PAIRS)])
    assert all(result.payload and result.payload["margin"] > 0 for result in results)
    assert "stand-in" in (folders[0] / "README.md").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]
    assert train_standin(PAIRS, folders[0], cache=tmp_path, steps=1) == folders[0]
    assert load("reward", str(folders[0]), cache=tmp_path).provenance.revision == two.provenance.revision
