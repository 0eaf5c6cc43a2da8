import csv
import gzip
import io
import json
import random
import zlib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from curation import jsonrows
from curation.bytestreams import SourceError
from curation.pairs import RowError
from curation.sources import chunk_rows, file_rows
from tests.curation.reading import parse, shared

ROWS = [{"prompt": f"p{n}", "chosen": 'é\n"x",', "rejected": f"y{n}"} for n in range(300)]


def as_csv(rows, delimiter: str) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0], delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def as_bytes(rows, name: str) -> bytes:
    if name == "rows.csv":
        return as_csv(rows, ",")
    return json.dumps(rows).encode() if name == "array.json" else "\n".join(map(json.dumps, rows)).encode()


def as_parquet() -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(ROWS), file, row_group_size=100)
    return file.getvalue()


BYTES = {
    "rows.jsonl": "\n".join(map(json.dumps, ROWS)).encode() + b"\n\n",
    "lines.json": "\n".join(map(json.dumps, ROWS)).encode(),
    "array.json": json.dumps(ROWS).encode(),
    "pretty.json": json.dumps(ROWS, indent=2, ensure_ascii=False).encode(),
    "rows.csv": as_csv(ROWS, ","),
    "rows.tsv": as_csv(ROWS, "\t"),
    "rows.parquet": as_parquet(),
}
SHELLS = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.compress}


def in_chunks(data: bytes, size: int):
    return (data[start : start + size] for start in range(0, len(data), size))


def split(rows):
    rows = list(rows)
    good = [(number, row) for number, row in rows if not isinstance(row, RowError)]
    return good, [(number, row.reason) for number, row in rows if isinstance(row, RowError)]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("name", BYTES)
def test_every_format_in_every_shell_gives_the_same_rows(tmp_path, name, shell):
    path = tmp_path / (name + shell)
    path.write_bytes(SHELLS[shell](BYTES[name]))
    good, errors = split(file_rows(path))
    assert not errors
    assert [row for _, row in good] == ROWS


@pytest.mark.parametrize("size", [1, 7, 1000, 1 << 20])
@pytest.mark.parametrize("name", BYTES)
def test_chunks_of_any_size(name, size):
    data = BYTES[name] if size > 1 else gzip.compress(BYTES[name])
    assert [row for _, row in chunk_rows(in_chunks(data, size), name=name)] == ROWS


@pytest.mark.parametrize("name", ["rows.jsonl", "array.json", "rows.parquet"])
def test_the_format_is_told_by_the_bytes(name):
    assert [row for _, row in chunk_rows([BYTES[name]])] == ROWS


def test_numbers_are_those_that_other_tools_show():
    def numbers(name):
        return [number for number, _ in chunk_rows([BYTES[name]], name=name)][:3]

    assert numbers("rows.jsonl") == [1, 2, 3]
    assert numbers("array.json") == numbers("pretty.json") == numbers("rows.parquet") == [0, 1, 2]
    assert numbers("rows.csv") == [2, 4, 6]  # each row of ROWS spans two lines


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_members_in_a_row_and_content_encoding(encoding):
    pack = gzip.compress if encoding == "gzip" else zstandard.compress
    data = pack(b'{"a":1}\n') + pack(b'{"a":2}\n')
    assert [row for _, row in chunk_rows(in_chunks(data, 5), encoding=encoding, format="jsonl")] == [
        {"a": 1},
        {"a": 2},
    ]


def test_bad_lines_are_errors_of_their_own():
    lines = [
        b'\xef\xbb\xbf{"a":1}',
        b"{oops}",
        b"",
        b"[1]",
        b'{"a":"\xff"}',
        b'{"a":"\\ud800"}',
        b'{"a":NaN}',
        b'{"a":2',
    ]
    good, errors = split(chunk_rows([b"\n".join(lines)], format="jsonl"))
    assert [number for number, _ in good] == [1, 6, 7]
    assert [number for number, _ in errors] == [2, 4, 5, 8]
    assert "not valid JSON" in errors[0][1]
    assert errors[1][1] == "the row is not a JSON object"
    assert "UTF-8" in errors[2][1]


def test_nesting_without_end_is_one_bad_line():
    good, errors = split(chunk_rows([b"[" * 100_000 + b'\n{"a":1}\n'], format="jsonl"))
    assert good == [(2, {"a": 1})]
    assert [number for number, _ in errors] == [1]


def test_a_line_over_the_limit_is_passed_over(monkeypatch):
    monkeypatch.setattr(jsonrows, "MAX_ROW_BYTES", 1000)
    data = b'{"a":1}\n' + b"x" * 5000 + b'\n{"a":2}\n'
    good, errors = split(chunk_rows([data], format="jsonl"))
    assert [number for number, _ in good] == [1, 3]
    assert errors == [(2, "the line is longer than 1,000 bytes")]


def test_a_bad_element_of_an_array_is_an_error_of_its_own():
    good, errors = split(chunk_rows([b'[{"a":1}, {"a":}, 5, {"a":"]},{"} , {"a":"\\""}\n]']))
    assert good == [(0, {"a": 1}), (3, {"a": "]},{"}), (4, {"a": '"'})]
    assert [number for number, _ in errors] == [1, 2]


@pytest.mark.parametrize("data", [b"[]", b" [ \n ]"])
def test_an_empty_array_has_no_rows(data):
    assert list(chunk_rows([data])) == []


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("name", ["rows.jsonl", "array.json", "rows.csv"])
def test_a_file_that_breaks_off_gives_its_good_rows_and_says_where(name, shell):
    noise = random.Random(1)
    rows = [row | {"chosen": noise.randbytes(2000).hex()} for row in ROWS]
    whole = SHELLS[shell](as_bytes(rows, name))
    data = whole[: len(whole) * 2 // 3]
    good, errors = split(chunk_rows(in_chunks(data, 100), name=name))
    assert [row for _, row in good] == rows[: len(good)]
    assert len(good) > 50
    assert len(errors) == 1
    number, reason = errors[0]
    assert all(number > earlier for earlier, _ in good)
    if shell:
        assert "ends before it is complete" in reason


def test_damage_in_the_middle_of_gzip():
    packer = zlib.compressobj(wbits=31)
    head = packer.compress(BYTES["rows.jsonl"]) + packer.flush(zlib.Z_FULL_FLUSH)
    good, errors = split(chunk_rows([head, b"\xff" * 500], format="jsonl"))
    assert [row for _, row in good] == ROWS
    assert len(errors) == 1
    assert "damaged" in errors[0][1]


def test_csv_rows_of_another_width_and_bad_bytes():
    data = b'a,b\n1,2\n1\n1,2,3\n"1\n1",2\n\n\xff,2\n"x"y,2\n3,4\n"open,'
    good, errors = split(chunk_rows([data], format="csv"))
    assert [number for number, _ in good] == [2, 5, 8, 10]
    assert good[2][1]["a"] == "\udcff"
    assert [number for number, _ in errors] == [3, 4, 9, 11]
    assert errors[0][1] == "the row has 1 columns, the header 2"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.parquet", as_parquet()[:-20]),
        ("x.parquet", b"nonsense"),
        ("x.json", b"42"),
        ("x.json", b'{"a": 1,\n "b": 2}'),
        ("x.csv", b""),
        ("x.csv", b"a,a\n1,2\n"),
        ("x.txt", b"hello"),
        ("x", b""),
        ("x.json.gz", gzip.compress(b"[1]")[:5]),
    ],
)
def test_where_nothing_can_be_read_it_says_so(name, data):
    with pytest.raises(SourceError):
        list(chunk_rows([data], name=name))


def test_unknown_compression_and_missing_file(tmp_path):
    with pytest.raises(SourceError, match="known are gzip and zstd"):
        list(chunk_rows([b"{}"], format="jsonl", encoding="br"))
    with pytest.raises(SourceError, match="No such file"):
        list(file_rows(tmp_path / "absent.jsonl"))


def test_conversations_by_id_become_one_row_a_prompt():
    data = {"81|m1": ["x"], "82|m1": ["y"], "81|m2": ["z"]}
    assert list(chunk_rows([json.dumps(data, indent=1).encode()], name="c.json")) == [
        (0, {"id": "81", "responses": [["x"], ["z"]], "models": ["m1", "m2"]}),
        (1, {"id": "82", "responses": [["y"]], "models": ["m1"]}),
    ]


def test_mtbench_gives_two_turn_pairs():
    rows = [row for _, row in file_rows(shared("mtbench/conversations.json"))]
    pairs = [pair for row in rows for pair in parse(row, select=1)[0]]
    assert len(pairs) == len(rows) == 80
    for pair in pairs:
        for response in (pair.response_a, pair.response_b):
            assert [message["role"] for message in response] == ["assistant", "user", "assistant"]


def test_llmbar_gives_a_hundred_labelled_pairs():
    maps = ("prompt=input", "response_a=output_1", "response_b=output_2", "label=label")
    pairs = [pair for _, row in file_rows(shared("llmbar/natural.json")) for pair in parse(row, *maps)[0]]
    assert len({pair.digest for pair in pairs}) == 100
    assert {pair.source_label for pair in pairs} == {"a", "b"}


def test_pandalm_names_its_dirty_rows():
    maps = (r"prompt={instruction}\n\n{input}", "response_a=response1", "response_b=response2")
    errors = {}
    for number, row in file_rows(shared("pandalm/first200.json")):
        pairs, reasons = parse(row, *maps)
        assert len(pairs) + len(reasons) == 1
        if reasons:
            errors[number] = reasons[0]
            assert number == row["idx"]
    assert {number for number in errors if "JSON value true" in errors[number]} == {157, 158, 159, 161, 162, 164}
    assert {number for number in errors if "is empty" in errors[number]} == {18, 19, 25}
    assert len(errors) == 9
