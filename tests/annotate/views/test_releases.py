"""Releases in the browser."""

import hashlib

import pytest

from annotate.domain import releases
from annotate.models import Release
from tests.annotate.views.browsing import signed_in
from tests.cast import Cast, make_cast
from tests.gold import make_gold

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    make_gold(cast, 1, "a", "a")
    return cast


def test_a_version_is_asked_for_built_and_fetched(cast: Cast, nudged: list[str]) -> None:
    client = signed_in(cast.mira)
    assert client.post("/campaigns/bench/releases/", {"version": "1.0"}).status_code == 302
    assert nudged == ["workers.tasks.build_releases"]
    wanted = releases.lease_wanted()
    assert wanted is not None
    release = releases.build(release=wanted)
    address = f"/campaigns/bench/releases/{release.pk}/"
    page = client.get(address)
    shown = page.context["release"]
    assert (shown["rows"], shown["gold"], shown["state"]) == (1, 1, "frozen")
    for name, file in shown["files"].items():
        answer = client.get(f"{address}files/{name}")
        assert hashlib.sha256(b"".join(answer.streaming_content)).hexdigest() == file["sha256"]
        assert file["sha256"] in page.content.decode()
    assert client.get(f"{address}files/secret").status_code == 404
    assert client.get(f"{address}files/..%2Fsecret_key").status_code == 404


@pytest.mark.parametrize("version", ["", "a b", "../x", "x" * 41])
def test_a_version_that_makes_no_sense_comes_back(cast: Cast, version: str) -> None:
    page = signed_in(cast.mira).post("/campaigns/bench/releases/", {"version": version})
    assert (page.status_code, set(page.context["form"].errors)) == (422, {"version"})
    assert not Release.objects.exists()


def test_the_same_version_twice_and_a_campaign_without_gold_are_refused_at_the_field(cast: Cast) -> None:
    client = signed_in(cast.mira)
    client.post("/campaigns/bench/releases/", {"version": "1.0"})
    assert "version" in client.post("/campaigns/bench/releases/", {"version": "1.0"}).context["form"].errors
    make_cast(slug="other")
    assert "version" in client.post("/campaigns/other/releases/", {"version": "1.0"}).context["form"].errors


def test_a_failed_release_shows_its_error_and_is_asked_for_again(cast: Cast) -> None:
    client = signed_in(cast.mira)
    client.post("/campaigns/bench/releases/", {"version": "1.0"})
    Release.objects.update(state="failed", error="OSError: no space")
    address = f"/campaigns/bench/releases/{Release.objects.get().pk}/"
    assert "no space" in client.get(address).content.decode()
    assert client.post(f"{address}again").url == address
    assert Release.objects.get().state == "wanted"


def test_a_release_of_another_campaign_is_missing(cast: Cast) -> None:
    client = signed_in(cast.mira)
    client.post("/campaigns/bench/releases/", {"version": "1.0"})
    make_cast(slug="other")
    assert client.get(f"/campaigns/other/releases/{Release.objects.get().pk}/").status_code == 404
