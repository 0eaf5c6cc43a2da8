"""The measurements run from end to end, small; what they find on a busy machine is not judged here."""

import json
import subprocess
import sys

import pytest

from bench import targets
from tests.stack import ROOT, need, postgres_answers

pytestmark = pytest.mark.stack


def test_quick_measures_every_part_and_loses_no_verdict() -> None:
    need("PostgreSQL", postgres_answers)
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--quick"], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(targets.CHECKS) < set(found)
    assert found["exhausted"]["exact"]
    for people in ("1", "4"):
        for name in ("assay", "floor"):
            one = found["cycles"][people][name]
            assert one["requests"] == 3 * one["cycles"] > 0
            assert one["cpu"]["both_ms"] > 0
    assert found["import"]["many"]["pairs"] == 600
    assert found["gold"]["assay"]["rows"] == found["gold"]["floor"]["rows"] == 300
    assert set(found["scale"]) == {"crowd", "lone"}
    assert found["agreement"]["peak_mb"] > 0
