"""Who may import whom: the contracts of pyproject.toml, and what the web process really loads."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parent.parent

# The web image has none of these. Whoever imports one, however deep, makes the page fail to start.
WEB = """
import importlib.abc, sys

ABSENT = {"torch", "transformers", "accelerate", "trl", "datasets", "llguidance", "gguf", "crowdkit", "workers"}

class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ABSENT:
            raise ImportError(f"the web process imported {name}")

sys.meta_path.insert(0, Refuse())

import config.wsgi
from django.urls import get_resolver

def walk(patterns):
    return sum(walk(p.url_patterns) if hasattr(p, "url_patterns") else bool(p.callback) for p in patterns)

print(walk(get_resolver().url_patterns))
"""


def test_every_contract_is_kept() -> None:
    # In a process of its own: it changes how its process logs.
    done = subprocess.run([Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


def test_every_package_is_under_a_contract_and_lazy_imports_are_seen() -> None:
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench"}
    assert set(rules["root_packages"]) == packages
    assert packages <= {module for rule in rules["contracts"] for module in rule["source_modules"]}
    graph = grimp.build_graph("workers", include_external_packages=True)
    assert graph.direct_import_exists(importer="workers.engines.devices", imported="torch")


def test_the_web_starts_without_torch_and_without_workers(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WEB],
        cwd=ROOT,
        env=os.environ | {"EXTRA_APPS": "", "ASSAY_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 20
