"""Importing the package is cheap."""

import subprocess
import sys

PROBE = """
import sys, workers.engines
heavy = {"torch", "transformers", "numpy", "httpx", "llguidance", "trl", "django"} & set(sys.modules)
sys.exit(f"imported: {heavy}" if heavy else 0)
"""


def test_nothing_heavy_is_imported() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
