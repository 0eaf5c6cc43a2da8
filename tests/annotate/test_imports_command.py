import gzip
import io
import json
import sys

import pytest
from django.core.management import CommandError, call_command

from annotate.models import Campaign, Pair
from tests.curation.reading import shared

pytestmark = pytest.mark.django_db

ROWS = [{"prompt": f"p{n}", "chosen": "x", "rejected": f"y{n}"} for n in range(3)]


@pytest.fixture(autouse=True)
def _home(settings, tmp_path):
    settings.ASSAY_HOME = tmp_path / "home"


def run(source, *args, campaign="c"):
    """What an import prints to its two outputs."""
    out, err = io.StringIO(), io.StringIO()
    call_command("import_pairs", str(source), "--campaign", campaign, *args, stdout=out, stderr=err, verbosity=0)
    return out.getvalue(), err.getvalue()


def rejects(settings):
    return {
        path.name: [json.loads(line) for line in path.read_text().splitlines()]
        for path in (settings.ASSAY_HOME / "rejected").glob("*")
    }


def lines(*rows) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def test_a_file_lands_in_a_campaign_that_is_made(tmp_path, settings):
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress(lines(*ROWS)))
    assert run(path) == ("c: 3 new, 0 duplicate, 0 rejected, 0 contradictions\n", "")
    assert run(path) == ("c: 0 new, 3 duplicate, 0 rejected, 0 contradictions\n", "")
    assert set(Pair.objects.values_list("campaign__slug", "source")) == {("c", "rows.jsonl.gz")}
    assert rejects(settings) == {}


def test_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines(*ROWS))))
    assert "3 new" in run("-")[0]


def test_rejected_rows_are_shown_and_written(tmp_path, settings):
    path = tmp_path / "my rows.jsonl"
    path.write_bytes(lines(ROWS[0], {"id": "bad", "prompt": "p", "chosen": None, "rejected": "y"}) + b'{"cut')
    out, err = run(path)
    assert out == "c: 1 new, 0 duplicate, 2 rejected, 0 contradictions\n"
    ((name, written),) = rejects(settings).items()
    assert name.startswith("c-my-rows.jsonl-")
    assert name in err
    assert [(row["row"], row["id"]) for row in written] == [(2, "bad"), (3, "")]
    assert "row 2 (bad): chosen is null" in err
    assert "not valid JSON" in written[1]["reason"]


@pytest.mark.parametrize(
    ("content", "args", "words"),
    [
        (b"", ["--format", "jsonl"], "no rows"),
        (b"nonsense", [], "format cannot be told"),
        (b"[]", [], "no rows"),
        (b'{"a": 1}\n', [], "No pair could be read"),
        (b"PAR1", [], "no whole Parquet file"),
        (lines(*ROWS), ["--map", "nonsense=x"], "the fields are prompt"),
        (lines(*ROWS), ["--select", "0"], "all, or how many"),
        (lines(*ROWS), ["--select", "some"], "all, or how many"),
    ],
)
def test_where_nothing_could_be_read_it_fails(tmp_path, content, args, words):
    path = tmp_path / "rows"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=words):
        run(path, *args)
    assert not Pair.objects.exists()


def test_a_source_that_is_not_there_makes_no_campaign(tmp_path):
    for source in (tmp_path / "absent.jsonl", tmp_path, "hf://nonsense"):
        with pytest.raises(CommandError):
            run(source)
    with pytest.raises(CommandError, match="slug"):
        run(tmp_path, campaign="no slug!")
    assert not Campaign.objects.exists()


def test_select_limits_the_pairs_of_a_row(tmp_path):
    path = tmp_path / "many.json"
    path.write_text(json.dumps([{"prompt": "p", "responses": list("abcd")}]))
    assert "2 new" in run(path, "--select", "2")[0]
    assert "4 new, 2 duplicate" in run(path, "--select", "all")[0]


def test_llmbar():
    maps = ["prompt=input", "response_a=output_1", "response_b=output_2", "label=label"]
    args = [word for text in maps for word in ("--map", text)]
    out, err = run(shared("llmbar/natural.json"), *args, campaign="llmbar")
    assert (out, err) == ("llmbar: 100 new, 0 duplicate, 0 rejected, 0 contradictions\n", "")
    assert set(Pair.objects.values_list("source_label", flat=True)) == {"a", "b"}


def test_pandalm(settings):
    maps = [r"prompt={instruction}\n\n{input}", "response_a=response1", "response_b=response2"]
    args = [word for text in maps for word in ("--map", text)]
    out, err = run(shared("pandalm/first200.json"), *args, campaign="pandalm")
    assert out == "pandalm: 172 new, 19 duplicate, 9 rejected, 0 contradictions\n"
    for number in (157, 158, 159, 161, 162, 164):
        assert f"row {number}: response_" in err
    (written,) = rejects(settings).values()
    assert [row["row"] for row in written] == [18, 19, 25, 157, 158, 159, 161, 162, 164]


def test_mtbench_conversations():
    out, _ = run(shared("mtbench/conversations.json"), "--select", "1", campaign="mtbench")
    assert out.startswith("mtbench: 80 new")
    pair = Pair.objects.first()
    assert [message["role"] for message in pair.response_a] == ["assistant", "user", "assistant"]
    assert pair.extra["model_a"] != pair.extra["model_b"]
