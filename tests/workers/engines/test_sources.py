"""Model settings: what they name, what pins the revision, what is said when nothing is there."""

from pathlib import Path

import pytest

from workers.engines import ModelMissing, load
from workers.engines.sources import Server, find, find_local


def folder(path: Path, weights: bytes) -> Path:
    path.mkdir()
    (path / "model.safetensors").write_bytes(weights)
    (path / "config.json").write_text("{}")
    (path / "notes.md").write_text("not part of the model")
    return path


def test_a_folder_is_pinned_by_its_files(tmp_path: Path) -> None:
    one, same, other = (folder(tmp_path / n, w) for n, w in (("1", b"a" * 99), ("2", b"a" * 99), ("3", b"b" * 99)))
    revision = find_local(str(one), cache=tmp_path).revision
    (one / "notes.md").write_text("changed")
    assert revision.startswith("sha256:")
    assert find_local(str(one), cache=tmp_path).revision == revision
    assert find_local(str(same), cache=tmp_path).revision == revision
    assert find_local(str(other), cache=tmp_path).revision != revision


def test_a_server() -> None:
    assert find("openai+https://host:8000/v1/#org/model", cache=Path()) == Server(
        "openai+https://host:8000/v1/#org/model", "https://host:8000/v1", "org/model"
    )


@pytest.mark.parametrize(
    "setting", ["/no/such/folder", "./none", "package:nothing", "nobody/nothing", "", "openai+http://h/v1#m"]
)
def test_what_is_not_there_is_named(tmp_path: Path, setting: str) -> None:
    with pytest.raises(ModelMissing) as caught:
        load("reward", setting, cache=tmp_path)
    assert setting.removeprefix("package:") in str(caught.value)


def test_a_folder_stands_before_a_hub_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "owner").mkdir()
    folder(tmp_path / "owner" / "name", b"x")
    monkeypatch.chdir(tmp_path)
    assert find_local("owner/name", cache=tmp_path).revision.startswith("sha256:")
