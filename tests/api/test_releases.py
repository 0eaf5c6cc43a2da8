"""Releases over HTTP: asked for, read, fetched whole and in parts."""

from pathlib import Path
from typing import Any

import pytest

from annotate.domain import releases
from annotate.models import Release
from tests.api.calls import Api, body_of
from tests.cast import make_cast
from tests.gold import make_gold

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> Path:
    settings.ASSAY_HOME = tmp_path
    return tmp_path


def frozen() -> tuple[Api, Release, str]:
    cast = make_cast()
    make_gold(cast, 1)
    release = releases.request(campaign=cast.campaign, version="1.0", actor=cast.mira)
    leased = releases.lease_wanted()
    assert leased is not None
    releases.build(release=leased)
    release.refresh_from_db()
    return Api(cast.mira), release, f"releases/{release.pk}/files/gold.parquet"


def test_asked_for_then_built_then_read() -> None:
    cast = make_cast()
    make_gold(cast, 1)
    api = Api(cast.mira)
    asked = api.post("campaigns/bench/releases", {"version": "1.0"})
    assert (asked.status_code, asked.json()["state"], asked.json()["manifest"]) == (201, "wanted", None)
    assert asked.headers["Location"] == f"/api/v1/releases/{asked.json()['id']}"
    again = api.post("campaigns/bench/releases", {"version": "1.0"})
    assert again.status_code == 409
    assert api.post("campaigns/bench/releases", {"version": "../x"}).json()["fields"].keys() == {"version"}
    assert api.post("campaigns/bench/releases", {}).status_code == 422
    assert api.get(f"releases/{asked.json()['id']}/files/gold.parquet").status_code == 404
    leased = releases.lease_wanted()
    assert leased is not None
    releases.build(release=leased)
    shown = Api(cast.rita, "releases:read").get(f"releases/{asked.json()['id']}").json()
    assert shown["state"] == "frozen"
    assert shown["manifest"]["files"]["gold.parquet"]["rows"] == 1
    for address in shown["files"].values():
        assert api.get(address).status_code == 200
    assert [entry["version"] for entry in api.get("campaigns/bench/releases").json()["releases"]] == ["1.0"]


def test_a_release_of_others_is_missing() -> None:
    _, release, path = frozen()
    other = make_cast(slug="other")
    from annotate.models import Membership

    Membership.objects.filter(campaign=release.campaign).delete()
    for address in (f"releases/{release.pk}", path, f"releases/{release.pk + 1}"):
        answer = Api(other.mira).get(address)
        assert (answer.status_code, answer.json()["error"]) == (404, "There is no such release.")


def test_a_file_whole_its_head_and_not_again() -> None:
    api, release, path = frozen()
    on_disk = (releases.folder(release) / "gold.parquet").read_bytes()
    answer = api.get(path)
    etag = f'"{release.manifest["files"]["gold.parquet"]["sha256"]}"'
    assert body_of(answer) == on_disk
    assert (answer.headers["ETag"], answer.headers["Accept-Ranges"]) == (etag, "bytes")
    assert "Content-Encoding" not in answer.headers
    head = api.head(path)
    assert (body_of(head), head.headers["Content-Length"], head.headers["ETag"]) == (b"", str(len(on_disk)), etag)
    for tag in (etag, f'"x", W/{etag}', "*"):
        same = api.get(path, **{"If-None-Match": tag})
        assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", etag)
    assert api.get(path, **{"If-None-Match": '"x"'}).status_code == 200


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-3", 0, 3), ("bytes=4-", 4, None), ("bytes=-5", -5, None), ("bytes=2-999999999", 2, None)],
)
def test_a_part_of_a_file(asked: str, first: int, last: int | None) -> None:
    api, release, path = frozen()
    on_disk = (releases.folder(release) / "gold.parquet").read_bytes()
    wanted = on_disk[first : None if last is None else last + 1]
    answer = api.get(path, Range=asked)
    assert (answer.status_code, body_of(answer)) == (206, wanted)
    assert answer.headers["Content-Length"] == str(len(wanted))
    start = first % len(on_disk)
    assert answer.headers["Content-Range"] == f"bytes {start}-{start + len(wanted) - 1}/{len(on_disk)}"
    head = api.head(path, Range=asked)
    assert (head.status_code, body_of(head), head.headers["Content-Length"]) == (206, b"", str(len(wanted)))


@pytest.mark.parametrize("asked", ["bytes=0-1,4-5", "bytes=5-2", "bytes=-", "lines=1-2", "bytes=x"])
def test_a_range_that_is_none_is_the_whole(asked: str) -> None:
    api, _, path = frozen()
    assert api.get(path, Range=asked).status_code == 200


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0"])
def test_a_range_of_nothing(asked: str) -> None:
    api, release, path = frozen()
    answer = api.get(path, Range=asked)
    size = release.manifest["files"]["gold.parquet"]["bytes"]
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, f"bytes */{size}")


def test_a_part_only_of_the_same_file() -> None:
    api, _, path = frozen()
    etag = api.get(path).headers["ETag"]
    assert api.get(path, Range="bytes=0-3", **{"If-Range": etag}).status_code == 206
    assert api.get(path, Range="bytes=0-3", **{"If-Range": '"x"'}).status_code == 200


@pytest.mark.parametrize("name", ["nothing.parquet", "..", "%2e%2e%2fmanifest.json", "manifest.json%00"])
def test_no_other_file_is_served(name: str) -> None:
    api, release, _ = frozen()
    assert api.get(f"releases/{release.pk}/files/{name}").status_code == 404
