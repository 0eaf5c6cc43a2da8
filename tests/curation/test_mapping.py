import pytest

from curation.mapping import FIELDS, FieldMap, MappingError, parse_template
from curation.pairs import RowError
from tests.curation.reading import one, reason, user, winner


@pytest.mark.parametrize(
    ("template", "row", "text"),
    [
        (r"{instruction}\n\n{input}", {"instruction": "Do", "input": "this"}, "Do\n\nthis"),
        (r"{instruction}\n\n{input}", {"instruction": "Do", "input": ""}, "Do"),
        (r"{instruction}\n\n{input}", {"instruction": "Do", "input": None}, "Do"),
        (r"{instruction}\n\n{input}", {"instruction": "", "input": "this"}, "this"),
        (r"{a}\n\n{b}\n\n{c}", {"a": "1", "b": " ", "c": "3"}, "1\n\n3"),
        (r"{a}\n", {"a": "1"}, "1\n"),
        (r"Q: {a}\nA: {b}", {"a": "", "b": "x"}, "Q: \nA: x"),
        ("{{{a}}}", {"a": "1"}, "{1}"),
        (r"a\\n{a}\t", {"a": 5}, "a\\n5\t"),
        ("{a b.c[0]}", {"a b.c[0]": "plain name"}, "plain name"),
    ],
)
def test_templates(template, row, text):
    assert parse_template(template).render(row) == text


@pytest.mark.parametrize("template", ["{", "}", "{}", "{a", "a}", "{a{b}}"])
def test_a_lone_brace_is_refused(template):
    with pytest.raises(MappingError):
        parse_template(template)


def test_a_template_reaches_no_attribute_of_a_value():
    with pytest.raises(RowError, match=r"no column 'a.__class__'; the row has a, b"):
        parse_template("{a.__class__}").render({"a": "x", "b": "y"})


@pytest.mark.parametrize("text", ["prompt", "prompt=", "=x", "no_such_field=x"])
def test_a_map_that_means_nothing_is_refused_with_the_fields(text):
    with pytest.raises(MappingError, match="prompt, system, chosen"):
        FieldMap.parse([text])


def test_a_field_is_mapped_once():
    with pytest.raises(MappingError, match="twice"):
        FieldMap.parse(["prompt=a", "prompt={b}"])


def test_a_mapped_shape_wins_over_columns_of_another_shape():
    row = {"q": "p", "chosen": "no", "rejected": "nor this", "one": "x", "two": "y", "best": 2}
    pair = one(row, "prompt=q", "response_a=one", "response_b=two", "label=best")
    assert pair.conversation == [user("p")]
    assert winner(pair)[0]["content"] == "y"


def test_a_missing_column_names_those_that_are_there():
    text = reason({"q": "p", "x": "1", "y": "2"}, "prompt=question", "chosen=x", "rejected=y")
    assert text == "there is no column 'question'; the row has q, x, y"


def test_a_half_mapped_shape_says_what_lacks():
    assert reason({"prompt": "p", "x": "1"}, "chosen=x") == "there is no rejected"


def test_fields_are_named_once():
    assert len(set(FIELDS)) == len(FIELDS)
