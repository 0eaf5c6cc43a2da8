"""Whatever a row holds, it becomes storable pairs or reasons: never an exception, never text a database refuses."""

import random

import orjson
import pytest

from curation.mapping import FIELDS, FieldMap
from curation.pairs import ParsedPair, RowError
from curation.shapes import parse_row
from curation.sources import chunk_rows

ATOMS = [
    None, True, False, 0, 1, 2, -1, 10**30, 1.5, float("nan"), float("inf"), "", " ", "x", "y", "A", "tie", "\x00",
    "\ud800", "é漢🙂", "\n\nHuman: hi\n\nAssistant: ho", "\n\nHuman:", "\n\nAssistant: a", "[1]", "{}", b"raw", [], {},
    [[]], ["x", "y"], ["x", "y", "z"], [1, 2], [1, 2, 3], {"role": "user", "content": "x"}, {"role": 5},
    [{"role": "user", "content": "u"}, {"role": "assistant", "content": "a"}],
    [{"role": "user", "content": "u"}, {"role": "assistant", "content": "b"}],
    [{"role": "assistant", "content": [{"type": "text", "text": "t"}]}], [{"from": "human", "value": None}],
    {"task_category": "math"}, [{"response": "x", "score": 1}, {"response": "y", "score": "bad"}],
]  # fmt: skip
NAMES = [*FIELDS, "id", "idx", "conversation", "instruction", "model_a", "other", "\x00", "\ud800"]
MAPS = [
    FieldMap(),
    FieldMap.parse(["prompt=other", "response_a=chosen", "response_b=rejected"]),
    FieldMap.parse([r"prompt={other}\n{id}"]),
]


def nasty_row(chance: random.Random):
    if chance.random() < 0.05:
        return chance.choice(ATOMS)
    row = {name: chance.choice(ATOMS) for name in chance.sample(NAMES, chance.randint(0, 12))}
    if chance.random() < 0.6:
        row = {"prompt": "x", "chosen": chance.choice(ATOMS), "rejected": chance.choice(ATOMS)} | row
    return row


@pytest.mark.parametrize("seed", range(20))
def test_nasty_rows(seed):
    chance = random.Random(seed)
    for _ in range(300):
        row = nasty_row(chance)
        outcomes = parse_row(row, fields=chance.choice(MAPS), select=chance.choice([None, 1, 2]), source="s")
        assert outcomes
        for outcome in outcomes:
            if isinstance(outcome, RowError):
                assert "\x00" not in outcome.reason + outcome.row_id
                (outcome.reason + outcome.row_id).encode()
                continue
            assert isinstance(outcome, ParsedPair)
            stored = orjson.dumps(outcome, default=bytes.hex)  # refuses lone surrogates
            assert b"\\u0000" not in stored
            assert outcome.conversation[-1]["role"] in ("user", "tool")
            for response in (outcome.response_a, outcome.response_b):
                assert response[0]["role"] == response[-1]["role"] == "assistant"
                assert all(message["content"].strip() for message in response)
            assert outcome.response_a != outcome.response_b
            assert outcome.source_label in ("", "a", "b", "equal")


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("format", ["jsonl", "json", "csv"])
def test_damaged_bytes_never_stop_the_reader(seed, format):
    chance = random.Random(seed)
    rows = [{"prompt": "p", "chosen": f"x{n}", "rejected": 'y,"'} for n in range(50)]
    data = {
        "jsonl": b"\n".join(map(orjson.dumps, rows)),
        "json": orjson.dumps(rows),
        "csv": b"prompt,chosen,rejected\n" + b"".join(b'p,x%d,"y"\n' % n for n in range(50)),
    }[format]
    damaged = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        damaged[chance.randrange(60, len(damaged))] = chance.randrange(256)
    for _, row in chunk_rows([bytes(damaged)], format=format):
        assert isinstance(row, RowError) or parse_row(row)
