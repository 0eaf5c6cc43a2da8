"""The published files in every format they come in; each item once; names of benchmarks."""

import csv
import gzip
import json
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curation.benchmarks import answers, files, outcome
from curation.benchmarks.items import BenchmarkError
from curation.benchmarks.known import BENCHMARKS, benchmark
from curation.benchmarks.published import TABLE, TITLES, reference
from curation.benchmarks.rewardbench import SUBSETS
from tests.curation.benchmarks.small import Row, write

ROWS: list[Row] = [
    {"id": 1, "prompt": "p", "chosen": "c", "rejected": "r", "subset": "math-prm"},
    {"id": 2, "prompt": "p", "chosen": "", "rejected": "r", "subset": "hep-go"},
]
TWO: list[Row] = [
    {"id": "a", "prompt": "p", "chosen": ["c"], "rejected": ["r", "s"], "num_correct": 1, "subset": "Math"},
    {"id": "tied:0", "prompt": "p", "chosen": ["c", "d"], "rejected": ["r"], "num_correct": 2, "subset": "Ties"},
]


def test_json_jsonl_parquet_csv_and_compressed_files_hold_the_same_items(tmp_path: Path) -> None:
    write(tmp_path / "a.json", TWO)
    write(tmp_path / "b.jsonl", TWO)
    (tmp_path / "c.jsonl.gz").write_bytes(gzip.compress((tmp_path / "b.jsonl").read_bytes()))
    pq.write_table(pa.Table.from_pylist(TWO), tmp_path / "d.parquet")
    for name, write_list in (("e.csv", json.dumps), ("f.csv", str)):
        with (tmp_path / name).open("w", newline="") as file:
            table = csv.DictWriter(file, TWO[0])
            table.writeheader()
            table.writerows({k: write_list(v) if isinstance(v, list) else v for k, v in row.items()} for row in TWO)
    for name in ("a.json", "b.jsonl", "c.jsonl.gz", "d.parquet", "e.csv", "f.csv"):
        items = files.load(benchmark("rewardbench2"), [str(tmp_path / name)]).items
        assert [(item.id, item.subset, item.size) for item in items] == [("a", "Math", 3), ("tied:0", "Ties", 3)], name
        assert benchmark("rewardbench2").texts(items[1]) == ([{"role": "user", "content": "p"}], ["c", "d", "r"])


def test_files_folders_and_globs_are_read_once_each(tmp_path: Path) -> None:
    write(tmp_path / "set/one.jsonl", ROWS[:1])
    write(tmp_path / "set/deep/two.json", ROWS[1:])
    (tmp_path / "set/README.md").write_text("words")
    (tmp_path / "set/.cache").mkdir()
    write(tmp_path / "set/.cache/three.json", ROWS)
    sources = [str(tmp_path / "set"), str(tmp_path / "set/*.jsonl"), str(tmp_path / "set/deep/two.json")]
    data = files.load(benchmark("rewardbench"), sources)
    assert sorted(item.id for item in data.items) == ["1", "2"]
    assert {Path(path).name for path in data.files} == {"one.jsonl", "two.json"}


def test_the_hash_is_of_the_contents_wherever_they_lie(tmp_path: Path) -> None:
    one = write(tmp_path / "one.jsonl", ROWS)
    assert files.load(benchmark("rewardbench"), [str(one)]).sha256 == sha256(one.read_bytes()).hexdigest()
    parts = [[write(tmp_path / f"{way}/{row['id']}.jsonl", [row]) for row in ROWS] for way in ("x", "y")]
    hashes = {files.load(benchmark("rewardbench"), list(map(str, some))).sha256 for some in (parts[0], parts[1][::-1])}
    assert len(hashes) == 1


def test_raw_is_left_out_beside_filtered(tmp_path: Path) -> None:
    write(tmp_path / "data/raw-00000-of-00001.json", ROWS)
    write(tmp_path / "data/filtered-00000-of-00001.json", ROWS[:1])
    data = files.load(benchmark("rewardbench"), [str(tmp_path)])
    assert [item.id for item in data.items] == ["1"]
    assert len(data.notes) == 1
    assert "raw-00000-of-00001.json is left out" in data.notes[0]


def test_an_id_that_stands_twice_in_one_file_stays_two_items(tmp_path: Path) -> None:
    path = write(tmp_path / "data.jsonl", [ROWS[0], ROWS[0]])
    items = files.load(benchmark("rewardbench"), [str(path)]).items
    assert len(items) == 2
    with pytest.raises(BenchmarkError, match="line 1: '1' stands 2 times in the data; give every line"):
        answers.read_scores(write(tmp_path / "s.jsonl", [{"id": 1, "scores": [1, 0]}]), items)


def test_rows_that_cannot_be_read_are_named_and_nothing_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text('{"id": 1, "subset": "chess"}\n{"subset": "hep-go"}\n[1]\n{"id": null, "subset": "hep-go"}\n')
    with pytest.raises(BenchmarkError) as error:
        files.load(benchmark("rewardbench"), [str(path)])
    assert [line.removeprefix(f"{path}, ") for line in str(error.value).splitlines()] == [
        "row 1: subset is 'chess'; known are " + ", ".join(SUBSETS),
        "row 2: there is no field id (there are subset)",
        "row 3: the row is not a JSON object",
        "row 4: id is None, not an id",
    ]


@pytest.mark.parametrize("source", ["nowhere.jsonl", "empty", "*.none"])
def test_data_that_is_not_there_is_an_error(tmp_path: Path, source: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(BenchmarkError, match="there is no such file"):
        files.load(benchmark("rmb"), [str(tmp_path / source)])


def test_an_empty_file_has_no_item(tmp_path: Path) -> None:
    path = write(tmp_path / "data.jsonl", [])
    with pytest.raises(BenchmarkError, match="no item"):
        files.load(benchmark("rmb"), [str(path)])


def test_names_are_taken_however_they_are_written() -> None:
    assert {name: one.title for name, one in BENCHMARKS.items()} == TITLES
    assert list(BENCHMARKS) == list(TITLES)
    for written, name in {
        "RewardBench": "rewardbench", "rewardbench-v1": "rewardbench", "reward_bench_2": "rewardbench2",
        "PPE Preference": "ppe-preference", "ppe_corr": "ppe-correctness", "RMB": "rmb", "RM-Bench": "rm-bench",
        "rm_bench": "rm-bench", "JudgeBench": "judgebench",
    }.items():  # fmt: skip
        assert benchmark(written).name == name
    with pytest.raises(BenchmarkError, match=r"no benchmark 'glue'; known are rewardbench, rewardbench2"):
        benchmark("glue")


def test_the_published_table_has_the_means_that_the_paper_prints() -> None:
    assert [round(sum(values) / len(values), 1) for values in TABLE.values()] == [70.9, 79.3, 85.8, 88.6]
    assert reference()["Skywork-Reward-V2-Llama-3.1-8B"]["rm-bench"] == 92.8


def test_only_two_publish_a_rule_for_judges() -> None:
    assert {name for name, one in BENCHMARKS.items() if one.judge} == {"rewardbench", "judgebench"}
    with pytest.raises(BenchmarkError, match="RMB publishes no rule for verdicts"):
        outcome.from_verdicts(benchmark("rmb"), [], [])
