import pytest

from annotate.management.hub import HubAddress, hub_rows
from curation.bytestreams import SourceError
from curation.pairs import RowError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("hf://owner/name", HubAddress("owner/name", None, None, "train")),
        ("hf://owner/name/test", HubAddress("owner/name", None, None, "test")),
        ("hf://owner/name@v1:config/test[:10]", HubAddress("owner/name", "v1", "config", "test[:10]")),
        ("hf://owner/name:config", HubAddress("owner/name", None, "config", "train")),
    ],
)
def test_addresses(text, address):
    assert HubAddress.parse(text) == address


@pytest.mark.parametrize("text", ["hf://", "hf://owner", "hf://owner/name/test/more", "hf:///x"])
def test_what_is_no_address(text):
    with pytest.raises(SourceError, match=r"hf://owner/name\[@revision\]"):
        HubAddress.parse(text)


ADDRESS = HubAddress.parse("hf://owner/name")


def test_rows_are_counted_from_zero():
    assert list(hub_rows(ADDRESS, load=lambda address: [{"a": 1}, {"a": 2}])) == [(0, {"a": 1}), (1, {"a": 2})]


def test_a_hub_that_cannot_be_reached_says_so():
    def unreachable(address):
        raise ConnectionError("no route\nto anywhere")

    with pytest.raises(SourceError, match=r"owner/name cannot be loaded from the hub: no route$"):
        list(hub_rows(ADDRESS, load=unreachable))


def test_a_stream_that_breaks_off_keeps_what_came():
    def breaking(address):
        yield {"a": 1}
        raise ConnectionError("gone")

    first, last = hub_rows(ADDRESS, load=breaking)
    assert first == (0, {"a": 1})
    assert last[0] == 1
    assert isinstance(last[1], RowError)
    assert "gone" in last[1].reason


def test_datasets_streams_a_folder_of_that_name(tmp_path, monkeypatch):
    pytest.importorskip("datasets")
    folder = tmp_path / "owner" / "name"
    folder.mkdir(parents=True)
    (folder / "test.jsonl").write_text('{"prompt": "p", "chosen": "x", "rejected": "y"}\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    row = {"prompt": "p", "chosen": "x", "rejected": "y"}
    assert list(hub_rows(HubAddress.parse("hf://owner/name/test"))) == [(0, row)]
    with pytest.raises(SourceError, match="train"):
        list(hub_rows(ADDRESS))
