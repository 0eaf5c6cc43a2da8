"""The bundles hold every part once, whole, and are collected like any other file."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command

from config.bundles import BUNDLES, bundle


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.ASSAY_HOME = tmp_path
    settings.STATIC_ROOT = tmp_path / "static"
    finders.get_finder.cache_clear()


@pytest.mark.parametrize("name", BUNDLES)
def test_a_bundle_is_its_parts_in_order(name: str) -> None:
    parts = [Path("static", part).read_text() for part in BUNDLES[name]]
    assert [bundle(name).index(part) for part in parts] == sorted(bundle(name).index(part) for part in parts)
    left = bundle(name)
    for part in parts:
        left = left.replace(part, "")
    assert not left.strip("{}\n")


def test_no_script_of_a_bundle_imports_or_exports() -> None:
    for name in BUNDLES:
        for line in bundle(name).splitlines():
            assert not line.startswith(("import ", "export "))


def test_bundles_are_collected_and_found_anew_when_a_part_changed(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "source" / "static").mkdir(parents=True)
    for part in {part for parts in BUNDLES.values() for part in parts}:
        path = tmp_path / "source" / "static" / part
        path.parent.mkdir(exist_ok=True)
        path.write_text("/* first */")
    settings.BASE_DIR = tmp_path / "source"
    settings.STATICFILES_DIRS = [tmp_path / "source" / "static"]
    call_command("collectstatic", "--noinput", verbosity=0)
    assert (tmp_path / "static" / "js" / "site.js").read_text().count("first") == len(BUNDLES["js/site.js"])
    (tmp_path / "source" / "static" / "js" / "keys.js").write_text("/* second */")
    assert "second" in Path(str(finders.find("js/site.js"))).read_text()
    os.utime(tmp_path / "static" / "js" / "site.js", (0, 0))  # whole seconds are compared
    call_command("collectstatic", "--noinput", verbosity=0)
    assert "second" in (tmp_path / "static" / "js" / "site.js").read_text()
