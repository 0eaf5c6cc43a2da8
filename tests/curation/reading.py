"""Short words for the tests of this folder."""

from pathlib import Path
from typing import Any

import pytest

from curation.mapping import FieldMap
from curation.pairs import ParsedPair, RowError
from curation.shapes import parse_row

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def shared(name: str) -> Path:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"the real data is not here: {path}")
    return path


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def assistant(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


def parse(row: Any, *maps: str, select: int | None = None) -> tuple[list[ParsedPair], list[str]]:
    """The pairs and the reasons of one row."""
    outcomes = parse_row(row, fields=FieldMap.parse(maps), select=select, source="test")
    pairs = [outcome for outcome in outcomes if isinstance(outcome, ParsedPair)]
    return pairs, [outcome.reason for outcome in outcomes if isinstance(outcome, RowError)]


def one(row: Any, *maps: str) -> ParsedPair:
    pairs, reasons = parse(row, *maps)
    assert not reasons
    assert len(pairs) == 1
    return pairs[0]


def reason(row: Any, *maps: str) -> str:
    pairs, reasons = parse(row, *maps)
    assert not pairs
    assert len(reasons) == 1
    return reasons[0]


def winner(pair: ParsedPair) -> Any:
    """The messages of the response that the source calls better."""
    return {"a": pair.response_a, "b": pair.response_b}[pair.source_label]
