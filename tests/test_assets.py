"""Style sheets and scripts are fetched once for ever, and small; pages are compressed and kept by nobody."""

import re
import urllib.request
from email.message import Message
from pathlib import Path

import pytest

from tests.stack import Stack

pytestmark = pytest.mark.stack
ASSET = re.compile(r'(?:src|href)="(/static/[^"]+)"')
HASHED = re.compile(r"\.[0-9a-f]{12}\.(?:css|js|svg)$")


def fetch(url: str, encodings: str) -> tuple[Message, bytes]:
    request = urllib.request.Request(url, headers={"Accept-Encoding": encodings})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.headers, answer.read()


def test_assets_are_immutable_and_both_they_and_pages_are_compressed(tmp_path: Path) -> None:
    with Stack(home=tmp_path) as stack:
        url = stack.web()
        headers, page = fetch(f"{url}/accounts/login/", "identity")
        assets = set(ASSET.findall(page.decode()))
        assert {Path(asset).name.partition(".")[0] for asset in assets} == {"site", "theme", "icon"}
        assert len(assets) == 4
        for asset in assets:
            assert HASHED.search(asset), asset
            plain, whole = fetch(url + asset, "identity")
            assert "immutable" in plain["Cache-Control"]
            for encoding in ("br", "gzip"):
                packed, body = fetch(url + asset, encoding)
                assert packed["Content-Encoding"] == encoding or len(whole) < 400, asset
                assert len(body) <= len(whole)
        packed, body = fetch(f"{url}/accounts/login/", "gzip, br")
        assert (packed["Content-Encoding"], packed["Cache-Control"]) == ("gzip", headers["Cache-Control"])
        assert "no-store" in headers["Cache-Control"]
        assert len(body) < len(page) / 2
