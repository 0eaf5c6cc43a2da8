"""A release is asked for once, built as often as it takes, and frozen once."""

import hashlib
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import zstandard
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from annotate.domain import freezing, releases
from annotate.domain.errors import Conflict, Invalid, Missing
from annotate.models import Release
from tests.cast import Cast, make_assistance, make_cast
from tests.gold import make_gold, set_down_gold

pytestmark = pytest.mark.django_db
FILES = {"gold.jsonl.zst", "gold.parquet", "strata.jsonl.zst", "strata.parquet", "manifest.json"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> Path:
    settings.ASSAY_HOME = tmp_path
    return tmp_path


def asked(cast: Cast, version: str = "1.0") -> Release:
    return releases.request(campaign=cast.campaign, version=version, actor=cast.mira)


def leased(release: Release) -> Release:
    found = releases.lease_wanted(only=release)
    assert found is not None
    return found


def three_pairs() -> Cast:
    cast = make_cast()
    make_gold(cast, 1)
    make_gold(cast, 2, "b", "b")
    make_gold(cast, 3, "broken", "broken")
    return cast


def lines(path: Path) -> list[dict[str, Any]]:
    with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as plain:
        return [json.loads(line) for line in plain.read().splitlines()]


def test_the_files_and_the_manifest() -> None:
    cast = three_pairs()
    release = releases.build(release=leased(asked(cast)))
    folder = releases.folder(release)
    assert {path.name for path in folder.iterdir()} == FILES
    manifest = release.manifest
    assert manifest is not None
    assert release.state == "frozen"
    for name, file in manifest["files"].items():
        data = (folder / name).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (file["sha256"], file["bytes"])
    assert {name: file["rows"] for name, file in manifest["files"].items()} == {
        "gold.jsonl.zst": 2,
        "gold.parquet": 2,
        "strata.jsonl.zst": 1,
        "strata.parquet": 1,
    }
    assert manifest["counts"]["label"] == {"broken": 1, "clear": 2}
    assert manifest["counts"]["protocol"] == {"Assay protocol v1": 3}
    assert manifest["counts"]["reveal"] == {"always": 3}
    assert {(model["kind"], model["model"], model["revision"], model["rows"]) for model in manifest["models"]} == {
        ("reward", "rm-1", "r1", 3),
        ("attributes", "lm-1", "r2", 3),
    }
    told = json.loads((folder / "manifest.json").read_bytes())
    assert told | {"sha256": manifest["sha256"]} == manifest


def test_both_formats_say_the_same() -> None:
    release = releases.build(release=leased(asked(three_pairs())))
    for name in ("gold", "strata"):
        folder = releases.folder(release)
        assert pq.read_table(folder / f"{name}.parquet").to_pylist() == lines(folder / f"{name}.jsonl.zst")


def test_a_version_is_asked_for_once_and_its_rows_are_fixed() -> None:
    cast = three_pairs()
    release = asked(cast)
    make_gold(cast, 4)
    with pytest.raises(Conflict):
        asked(cast)
    assert releases.build(release=leased(release)).manifest["rows"] == 3
    assert releases.build(release=leased(asked(cast, "1.1"))).manifest["rows"] == 4
    with pytest.raises(IntegrityError), transaction.atomic():
        Release.objects.filter(pk=release.pk).update(version="2")


@pytest.mark.parametrize("version", ["", ".", "..", "../x", ".1", "a/b", "x" * 41, "a b", "1\n"])
def test_what_cannot_be_a_version(version: str) -> None:
    cast = three_pairs()
    with pytest.raises(Invalid):
        asked(cast, version)


def test_without_gold_nothing_is_asked_for() -> None:
    with pytest.raises(Conflict):
        asked(make_cast())
    assert not Release.objects.exists()


def test_building_twice_gives_the_same_bytes() -> None:
    cast = make_cast()
    set_down_gold(cast, range(150))
    make_gold(cast, 1000)
    release = asked(cast)
    digests = []
    for number in range(2):
        found = leased(release)
        digests.append(freezing.make(release=found, keep_lease=lambda: None)["files"])
        releases.folder(found).rename(releases.folder(found).with_name(f"moved{number}"))
        Release.objects.update(state="wanted")
        make_assistance(
            release.rows.first().gold.pair, "reward", {"score_a": 0.0, "score_b": 1.0}, engine=f"late{number}"
        )
        Release.objects.update(due=timezone.now())
    assert digests[0] == digests[1]


def test_a_builder_that_was_killed_is_replaced_and_leaves_nothing() -> None:
    cast = three_pairs()
    release = asked(cast)
    dead = leased(release)
    assert releases.lease_wanted() is None
    leftover = releases.folder(dead).parent / ".1.0.abc.part"
    leftover.mkdir(parents=True)
    Release.objects.update(due=timezone.now() - timedelta(seconds=1))
    assert releases.build(release=leased(release)).state == "frozen"
    assert [path.name for path in releases.folder(dead).parent.iterdir()] == ["1.0"]
    with pytest.raises(Conflict):
        releases.build(release=dead)


def test_a_finished_folder_is_adopted_and_a_strange_one_put_aside() -> None:
    release = asked(three_pairs())
    found = leased(release)
    made = freezing.make(release=found, keep_lease=lambda: None)
    before = (releases.folder(found) / "gold.parquet").stat().st_mtime_ns
    assert freezing.make(release=found, keep_lease=lambda: None) == made
    assert (releases.folder(found) / "gold.parquet").stat().st_mtime_ns == before
    (releases.folder(found) / "gold.parquet").write_bytes(b"damaged")
    assert freezing.make(release=found, keep_lease=lambda: None) == made
    assert len(list(releases.folder(found).parent.glob(".1.0.*.aside"))) == 1


def test_a_failure_is_recorded_and_asked_for_again(home: Path) -> None:
    cast = three_pairs()
    release = asked(cast)
    (home / "releases").write_text("in the way")
    with pytest.raises(OSError):
        releases.build(release=leased(release))
    release.refresh_from_db()
    assert release.state == "failed"
    assert "Error" in release.error
    assert releases.lease_wanted() is None
    (home / "releases").unlink()
    releases.ask_again(release=release, actor=cast.mira)
    assert releases.build(release=leased(release)).state == "frozen"
    with pytest.raises(Conflict):
        releases.ask_again(release=release, actor=cast.mira)


def test_a_builder_told_to_stop_gives_the_release_back() -> None:
    release = asked(three_pairs())

    class Stopped(BaseException):
        pass

    def stop(*args: Any, **kwargs: Any) -> Any:
        raise Stopped

    found = leased(release)
    real, freezing.make = freezing.make, stop
    try:
        with pytest.raises(Stopped):
            releases.build(release=found)
    finally:
        freezing.make = real
    assert releases.build(release=leased(release)).state == "frozen"


def test_files_only_of_a_frozen_release() -> None:
    release = asked(three_pairs())
    with pytest.raises(Missing):
        releases.file_of(release=release, name="gold.parquet")
    frozen = releases.build(release=leased(release))
    assert releases.file_of(release=frozen, name="manifest.json")[0].is_file()
    for name in ("../1.0/gold.parquet", "x", ""):
        with pytest.raises(Missing):
            releases.file_of(release=frozen, name=name)


def test_the_command_freezes_in_the_foreground() -> None:
    three_pairs()
    out = io.StringIO()
    call_command("freeze_release", "bench", "1.0", stdout=out)
    assert "bench 1.0: 3 rows are frozen" in out.getvalue()
    assert Path(out.getvalue().splitlines()[-1]).is_file()
    with pytest.raises(CommandError, match="frozen already"):
        call_command("freeze_release", "bench", "1.0")
    with pytest.raises(CommandError, match="no campaign"):
        call_command("freeze_release", "nowhere", "1.0")
