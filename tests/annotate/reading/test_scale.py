import pytest

from annotate.reading.scale import CONFIDENCES, STEPS, WAYS_OUT, describe, parse_preference, preference_of


def test_the_form_and_the_record_say_the_same() -> None:
    values = [step.value for step in (*STEPS, *WAYS_OUT)]
    assert values == ["left-3", "left-2", "left-1", "equal", "right-1", "right-2", "right-3", "undecidable", "broken"]
    assert [preference_of(*parse_preference(value)) for value in values] == values


@pytest.mark.parametrize("value", ["", "left", "left-4", "right-0", "left-3 ", "LEFT-3"])
def test_anything_else_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="not a preference"):
        parse_preference(value)


def test_no_two_controls_share_a_key() -> None:
    keys = [step.key for step in (*STEPS, *WAYS_OUT, *CONFIDENCES)]
    assert len(set(keys)) == len(keys)


def test_a_record_in_words() -> None:
    assert describe({"choice": "right", "strength": 3, "confidence": 2}) == "Right is much better. Fairly sure."
    assert describe({"choice": "broken", "strength": None, "confidence": 3}) == "This is a broken pair. Very sure."
