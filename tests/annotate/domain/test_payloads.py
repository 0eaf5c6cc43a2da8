"""What an answer of each kind must look like, whoever sends it."""

import json
from pathlib import Path
from struct import pack
from typing import Any

import pytest

from annotate.domain.payloads import FIELDS, Unfit, check
from curation.attributes import ATTRIBUTES
from workers.engines import KINDS, Row, load
from workers.engines.fake import BLOBS, PAYLOADS

REWARD = PAYLOADS["reward"]
VOTED = PAYLOADS["judge"]


def test_every_kind_has_its_fields_and_the_fakes_have_them() -> None:
    assert set(FIELDS) == set(KINDS)
    assert set(ATTRIBUTES) < set(FIELDS["attributes"])
    for kind, payload in PAYLOADS.items():
        check(kind, json.loads(json.dumps(payload)), BLOBS.get(kind))


def test_what_the_differences_engine_really_says_fits() -> None:
    answers = [[{"role": "assistant", "content": text}] for text in ("It is 4. Yes.", "It is 5.\n```\nx = 1\n```")]
    (result,) = load("differences", "", cache=Path("unused")).run([Row(1, [], *answers)])
    assert result.payload is not None
    assert result.payload["differences"]
    check("differences", result.payload, result.blob)


@pytest.mark.parametrize(
    ("kind", "payload", "reason"),
    [
        ("reward", [1], "no object"),
        ("reward", {}, "has the fields"),
        ("reward", REWARD | {"thoughts": "secret"}, "thoughts"),
        ("reward", REWARD | {"score_a": float("nan")}, "score_a is no finite number"),
        ("reward", REWARD | {"score_a": True}, "score_a is no finite number"),
        ("reward", REWARD | {"margin": 7}, "margin is not the difference"),
        ("reward", REWARD | {"p": 0.2}, "p does not follow"),
        ("reward", REWARD | {"p": 1.2}, "p does not follow"),
        ("reward", REWARD | {"truncated": "no"}, "truncated is neither true nor false"),
        ("attributes", PAYLOADS["attributes"] | {"task_category": "poetry"}, "task_category is none of"),
        ("attributes", PAYLOADS["attributes"] | {"objectivity": ["objective"]}, "objectivity is none of"),
        ("attributes", PAYLOADS["attributes"] | {"desired_attributes": " "}, "desired_attributes is empty"),
        ("attributes", PAYLOADS["attributes"] | {"annotation_guideline": "x" * 5000}, "longer than 4000"),
        ("attributes", PAYLOADS["attributes"] | {"annotation_guideline": "a\x00b"}, "that can be kept"),
        ("attributes", PAYLOADS["attributes"] | {"annotation_guideline": "\ud800"}, "that can be kept"),
        ("differences", PAYLOADS["differences"] | {"omitted": -1}, "omitted is no whole number"),
        ("differences", PAYLOADS["differences"] | {"differences": [{"a": "x"}]}, "a part of the answer has the fields"),
        ("differences", PAYLOADS["differences"] | {"differences": [{}] * 13}, "no list of at most 12"),
        ("judge", VOTED | {"choice": "b"}, "not those of the samples"),
        ("judge", VOTED | {"votes": {"a": 9, "b": 0, "undecided": 0}}, "not those of the samples"),
        ("judge", VOTED | {"samples": []}, "not those of the samples"),
        ("judge", VOTED | {"first": 2}, "first and clear"),
        ("preverify", PAYLOADS["preverify"] | {"a": {"verdict": "right", "reason": ""}}, "verdict is none of"),
        ("preverify", PAYLOADS["preverify"] | {"b": None}, "no object"),
        ("poetry", {}, "no kind of assistance"),
    ],
)
def test_what_does_not_fit_is_told(kind: str, payload: Any, reason: str) -> None:
    with pytest.raises(Unfit, match=reason):
        check(kind, payload, None)


@pytest.mark.parametrize(
    ("dim", "blob", "reason"),
    [
        (2, None, "is not 2 numbers"),
        (2, pack("<f", 1), "is not 2 numbers"),
        (0, b"", "1 to 16384"),
        (2, pack("<2f", 3, 4), "of length 1 but 5"),
        (2, pack("<2f", float("nan"), 0), "of length 1"),
        (2, pack("<2f", float("inf"), 0), "of length 1"),
    ],
)
def test_a_vector_is_as_long_as_it_says_and_of_length_1(dim: int, blob: bytes | None, reason: str) -> None:
    payload = {"dim": dim, "dtype": "float32", "truncated": False}
    with pytest.raises(Unfit, match=reason):
        check("embed", payload, blob)
    check("embed", payload | {"dim": 2}, pack("<2f", 0.6, 0.8))


def test_only_vectors_have_a_blob() -> None:
    with pytest.raises(Unfit, match="has no vector"):
        check("reward", REWARD, b"1234")
