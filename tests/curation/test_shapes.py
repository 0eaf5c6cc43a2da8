import json
from hashlib import sha256

import pytest

from curation.attributes import ATTRIBUTES
from curation.pairs import RowError
from curation.shapes import parse_row
from tests.curation.reading import assistant, one, reason, user, winner

GOOD, BAD = [assistant("Four.")], [assistant("Five.")]
ASK = [user("Two and two?")]
EARLIER = [user("Hi"), assistant("Hello"), user("Two and two?")]
FIVE = {
    "task_category": "math",
    "objectivity": "objective",
    "controversiality": "low",
    "desired_attributes": "Right.",
    "annotation_guideline": "Add up.",
}

SAME = {
    "explicit text": {"prompt": "Two and two?", "chosen": "Four.", "rejected": "Five."},
    "explicit messages": {"prompt": ASK, "chosen": GOOD, "rejected": BAD},
    "implicit": {"chosen": ASK + GOOD, "rejected": ASK + BAD},
    "prompt and whole conversations": {"prompt": "Two and two?", "chosen": ASK + GOOD, "rejected": ASK + BAD},
    "transcript": {
        "chosen": "\n\nHuman: Two and two?\n\nAssistant: Four.",
        "rejected": "\n\nHuman: Two and two?\n\nAssistant: Five.",
    },
    "transcript prompt": {
        "prompt": "\n\nHuman: Two and two?\n\nAssistant:",
        "chosen": "Four.",
        "rejected": "Five.",
    },
    "labelled": {"prompt": "Two and two?", "response_a": "Five.", "response_b": "Four.", "label": "2"},
    "scored": {
        "prompt": "Two and two?",
        "response_a": "Five.",
        "response_b": "Four.",
        "score_a": 1,
        "score_b": 2.5,
    },
    "preference": {
        "prompt": "Two and two?",
        "response_a": "Five.",
        "response_b": "Four.",
        "preference": 3,
    },
    "responses": {"prompt": "Two and two?", "responses": ["Four.", "Five."], "scores": [9, 3]},
    "ranks": {"prompt": "Two and two?", "responses": ["Five.", "Four."], "ranks": [2, 1]},
    "completions": {
        "instruction": "Two and two?",
        "completions": [
            {"model": "m1", "response": "Five.", "overall_score": 2.0},
            {"model": "m2", "response": "Four.", "overall_score": 8.5},
        ],
    },
    "text parts": {
        "prompt": [{"role": "user", "content": [{"type": "text", "text": "Two and two?"}]}],
        "chosen": "Four.",
        "rejected": "Five.",
    },
    "sharegpt": {
        "prompt": [{"from": "human", "value": "Two and two?"}],
        "chosen": {"from": "gpt", "value": "Four."},
        "rejected": {"from": "gpt", "value": "Five."},
    },
}


@pytest.mark.parametrize("shape", SAME)
def test_every_shape_says_the_same(shape):
    pair = one(SAME[shape])
    assert pair.conversation == ASK
    assert sorted([pair.response_a, pair.response_b], key=str) == [BAD, GOOD]
    assert winner(pair) == GOOD
    assert pair.digest == one(SAME["explicit text"]).digest


def test_a_is_the_response_with_the_smaller_hash():
    def digest(messages):
        text = json.dumps(messages, ensure_ascii=False, separators=(",", ":"))
        return sha256(text.encode()).digest()

    for number in range(20):
        pair = one({"prompt": "é?", "chosen": f"ü{number}", "rejected": f"n\n{number}"})
        assert digest(pair.response_a) < digest(pair.response_b)
        assert pair.digest == digest([pair.conversation, pair.response_a, pair.response_b])


def test_turning_a_row_round_turns_label_scores_and_models_but_not_the_pair():
    row = {
        "prompt": "p", "response_a": "x", "response_b": "y", "label": "A",
        "score_a": 2.0, "score_b": 1.0, "model_a": "m", "model_b": "n",
    }  # fmt: skip
    turned = {
        "prompt": "p", "response_a": "y", "response_b": "x", "label": "B",
        "score_a": 1.0, "score_b": 2.0, "model_a": "n", "model_b": "m",
    }  # fmt: skip
    first, second = one(row), one(turned)
    assert (first.digest, first.source_label, first.scores) == (second.digest, second.source_label, second.scores)
    for pair in (first, second):
        side = pair.source_label
        assert winner(pair) == [assistant("x")]
        assert pair.scores[f"score_{side}"] == 2.0
        assert pair.extra[f"model_{side}"] == "m"


def test_multi_turn_and_system_messages_stay():
    system = {"role": "system", "content": "Be brief."}
    pair = one({"prompt": [system, *EARLIER], "chosen": "Four.", "rejected": "Five."})
    assert pair.conversation == [system, *EARLIER]
    assert one({"system": "Be brief.", "prompt": "q", "chosen": "x", "rejected": "y"}).conversation == [
        system,
        user("q"),
    ]


def test_two_turn_conversations_differ_from_the_first_answer_on():
    first = [user("u1"), assistant("x1"), user("u2"), assistant("x2")]
    second = [user("u1"), assistant("y1"), user("u2"), assistant("y2")]
    pair = one({"chosen": first, "rejected": second})
    assert pair.conversation == [user("u1")]
    assert winner(pair) == first[1:]


def test_conversations_that_part_at_a_user_turn_keep_the_answer_before_it():
    pair = one(
        {
            "chosen": [user("u"), assistant("s"), user("v"), assistant("x")],
            "rejected": [user("u"), assistant("s"), user("w"), assistant("y")],
        }
    )
    assert pair.conversation == [user("u")]
    assert pair.response_a[0] == pair.response_b[0] == assistant("s")


def test_a_row_keeps_its_name_its_attributes_and_what_else_is_small():
    row = {
        "id": 7, "source": "magpie", "prompt": "p", "chosen": "x", "rejected": "y",
        "attributes": FIVE, "note": "n\x00\ud800", "huge": "h" * 5000, "nan": float("nan"),
    }  # fmt: skip
    pair = one(row)
    assert (pair.source, pair.source_id) == ("magpie", "7")
    assert pair.attributes == FIVE
    assert pair.extra["row"] == {"id": 7, "note": "n��"}
    assert one({"prompt": "p", "chosen": "x", "rejected": "y"}).source == "test"


def test_attributes_from_json_text_and_from_five_columns():
    row = {"prompt": "p", "chosen": "x", "rejected": "y"}
    assert one(row | {"attributes": json.dumps(FIVE)}).attributes == FIVE
    assert one(row | FIVE).attributes == FIVE
    assert one(row | {"attributes": ["something else"]}).attributes is None
    for name in ATTRIBUTES:
        assert name in reason(row | {"attributes": {key: FIVE[key] for key in FIVE if key != name}})
    assert "subjective" in reason(row | {"attributes": FIVE | {"objectivity": "maybe"}})


BASE = {"prompt": "p", "chosen": "x", "rejected": "y"}
REFUSED = [
    ({"chosen": None}, "chosen is null"),
    ({"chosen": ""}, "chosen is empty"),
    ({"chosen": " \n\t"}, "chosen is empty"),
    ({"chosen": []}, "chosen is empty"),
    ({"rejected": True}, "rejected is the JSON value true"),
    ({"rejected": 3}, "rejected is a number"),
    ({"rejected": {"text": "y"}}, "role"),
    ({"rejected": "x"}, "identical"),
    ({"rejected": "a\x00b"}, "rejected contains a NUL"),
    ({"rejected": "a\ud800b"}, "rejected contains a lone surrogate at character 1"),
    ({"rejected": "y" * (8 * 1024 * 1024 + 1)}, "8,388,609 bytes"),
    ({"rejected": [{"role": "wizard", "content": "y"}]}, "wizard"),
    ({"rejected": [{"role": "assistant", "content": None}]}, "is null"),
    ({"rejected": [{"role": "assistant", "content": [{"type": "image_url"}]}]}, "image_url"),
    ({"prompt": None}, "there is no prompt"),
    ({"prompt": 3}, "prompt is a number"),
    ({"prompt": [assistant("Hello")]}, "does not end with a user turn"),
    ({"prompt": [{"role": "system", "content": "s"}]}, "does not end with a user turn"),
    ({"chosen": [user("p"), assistant("x")]}, "some responses are whole conversations"),
    ({"chosen": [user("p"), user("r")], "rejected": [user("p"), assistant("x")]}, "assistant turn"),
    ({"chosen": [user("q"), assistant("x")], "rejected": [user("q"), assistant("y")]}, "prompt differs"),
    ({"chosen": [user("q"), assistant("x")], "rejected": [user("r"), assistant("y")]}, "first turn"),
    ({"score_chosen": "high"}, "not a number"),
    ({"score_chosen": True}, "not a number"),
]


@pytest.mark.parametrize(("change", "words"), REFUSED)
def test_what_is_no_pair_is_refused_by_name(change, words):
    assert words in reason(BASE | change)


@pytest.mark.parametrize("row", [None, 3, "text", [BASE], {}, {"chosen": "x"}])
def test_what_is_no_row_is_refused(row):
    assert reason(row)


def test_five_megabytes_land():
    pair = one(BASE | {"chosen": "é" * 2_500_000})
    assert len(winner(pair)[0]["content"]) == 2_500_000


def test_an_error_carries_the_rows_own_name():
    (error,) = parse_row({"idx": 157, "prompt": "p", "response_a": True, "response_b": "y"})
    assert isinstance(error, RowError)
    assert error.row_id == "157"
    assert error.reason == "response_a is the JSON value true, not text or a list of messages"
