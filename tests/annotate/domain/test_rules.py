"""Rules of a protocol: what is one, what became of them, whom they touch."""

from typing import Any

import pytest

from annotate.domain import rules
from annotate.domain.defaults import DEFAULT_RULES
from annotate.domain.errors import Invalid
from annotate.domain.rules import Change
from annotate.models import Protocol
from curation.attributes import CLOSED
from tests.cast import ATTRIBUTES, Cast, make_assistance, make_cast, make_pair
from tests.gold import decide

CODE = {"when": {"task_category": ["coding & debugging"]}, "text": "Run it.", "requires": ["code"]}
MATHS = {"when": {"task_category": ["math"]}, "text": "Check it.", "requires": ["maths"]}
ALWAYS = {"when": {}, "text": "Be fair.", "requires": []}


def test_the_default_rules_are_rules_and_come_back_saying_the_same() -> None:
    assert {change.what for change in rules.compare(DEFAULT_RULES, rules.check(DEFAULT_RULES))} == {"same"}


def test_values_stand_once_and_in_one_order_and_words_on_one_line() -> None:
    given = {
        "when": {"controversiality": ["high", "low", "high"], "task_category": [], "objectivity": ["subjective"]},
        "text": "  Two\r\n lines ",
        "requires": ["search", "code"],
    }
    assert rules.check([given]) == [
        {
            "when": {"objectivity": ["subjective"], "controversiality": ["low", "high"]},
            "text": "Two lines",
            "requires": ["code", "search"],
        }
    ]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"text": " "}, "rules.1.text"),
        ({"text": "x" * 501}, "rules.1.text"),
        ({"text": "a\x00"}, "rules.1.text"),
        ({"text": 3}, "rules.1.text"),
        ({"when": {"task_category": ["cooking"]}}, "rules.1.task_category"),
        ({"when": {"task_category": "math"}}, "rules.1.task_category"),
        ({"when": {"task_category": [["math"]]}}, "rules.1.task_category"),
        ({"when": {"mood": ["good"]}}, "rules.1.when"),
        ({"when": []}, "rules.1.when"),
        ({"requires": ["llm"]}, "rules.1.requires"),
        ({"requires": "code"}, "rules.1.requires"),
        ({"then": "stop"}, "rules.1"),
    ],
)
def test_what_is_no_rule_is_named(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.check([CODE, CODE | wrong])
    assert set(refused.value.fields) == {field}


@pytest.mark.parametrize("given", [None, {}, "rules", [CODE] * 41])
def test_what_is_no_list_of_rules_is_refused(given: Any) -> None:
    with pytest.raises(Invalid) as refused:
        rules.check(given)
    assert set(refused.value.fields) == {"rules"}


def told(changes: list[Change]) -> list[tuple[Any, ...]]:
    return [(change.what, change.old_place, change.new_place, change.parts) for change in changes]


def test_what_became_of_each_rule() -> None:
    stricter = CODE | {"requires": ["code", "search"]}
    reworded = ALWAYS | {"text": "Be fair to both."}
    wider = MATHS | {"when": {"task_category": ["math", "reasoning"]}}
    other = {"when": {"objectivity": ["subjective"]}, "text": "Look twice at what you like.", "requires": []}
    assert told(rules.compare([CODE, MATHS, ALWAYS], [other, stricter, wider, reworded])) == [
        ("added", 0, 1, ()),
        ("changed", 1, 2, ("requires",)),
        ("changed", 2, 3, ("when",)),
        ("changed", 3, 4, ("text",)),
    ]
    assert told(rules.compare([CODE, MATHS], [ALWAYS])) == [
        ("added", 0, 1, ()),
        ("removed", 1, 0, ()),
        ("removed", 2, 0, ()),
    ]
    assert told(rules.compare([], [])) == []


def test_a_rule_that_only_moved_is_said_to_have_moved_and_its_neighbours_are_as_before() -> None:
    assert told(rules.compare([CODE, MATHS, ALWAYS], [ALWAYS, CODE, MATHS])) == [
        ("moved", 3, 1, ()),
        ("same", 1, 2, ()),
        ("same", 2, 3, ()),
    ]
    assert told(rules.compare([CODE, CODE], [CODE])) == [("same", 1, 1, ()), ("removed", 2, 0, ())]


@pytest.mark.django_db
def test_how_many_pairs_a_rule_is_shown_with_and_stops() -> None:
    cast, other = make_cast(), make_cast(slug="other")
    for number, (category, engine) in enumerate(
        [("math", "imported"), ("math", "small"), ("coding & debugging", "imported"), ("math", None)]
    ):
        pair = make_pair(cast.campaign, number)
        if engine:
            make_assistance(pair, "attributes", ATTRIBUTES | {"task_category": category}, engine=engine)
    both = make_pair(cast.campaign, 5)  # the source's own word counts, whatever a model said before or after
    make_assistance(both, "attributes", ATTRIBUTES, engine="a")
    make_assistance(both, "attributes", ATTRIBUTES | {"task_category": "editing"}, engine="imported")
    make_assistance(both, "attributes", ATTRIBUTES, engine="z")
    twice = make_pair(cast.campaign, 6)  # of two models the newer
    make_assistance(twice, "attributes", ATTRIBUTES, engine="z")
    make_assistance(twice, "attributes", ATTRIBUTES | {"task_category": "planning"}, engine="a")
    make_assistance(make_pair(other.campaign), "attributes", ATTRIBUTES, engine="imported")
    found = rules.spread(campaign=cast.campaign)
    assert found.pairs == 6
    assert [found.touched(rule) for rule in (CODE, MATHS, ALWAYS, ALWAYS | {"requires": ["code"]})] == [
        (1, 1), (2, 1), (6, 0), (6, 6),
    ]  # fmt: skip
    planning = {"when": {"task_category": ["planning", "editing"]}, "text": "Plan.", "requires": ["search"]}
    assert found.touched(planning) == (2, 1)


def test_which_kinds_of_pair_other_rules_hold_for() -> None:
    every = len(CLOSED["objectivity"]) * len(CLOSED["controversiality"])
    assert rules.changed_kinds([CODE, ALWAYS], [ALWAYS, CODE]) == set()
    changed = rules.changed_kinds([CODE, ALWAYS], [CODE | {"requires": ["code", "search"]}, ALWAYS])
    assert {kind[0] for kind in changed} == {"coding & debugging"}
    assert len(changed) == every
    assert len(rules.changed_kinds([], [ALWAYS])) == every * len(CLOSED["task_category"])


def version(cast: Cast, number: int, given: list[dict[str, Any]]) -> Protocol:
    made = Protocol.objects.create(name="bench", version=number, campaign=cast.campaign, text="T", rules=given)
    cast.campaign.protocol = made
    cast.campaign.save()
    return made


@pytest.mark.django_db
def test_pairs_judged_under_an_older_version_of_their_rules() -> None:
    cast = make_cast(third=False, overlap=1)
    pairs = []
    for number, category in enumerate(("coding & debugging", "math", "editing")):
        pairs.append(make_pair(cast.campaign, number))
        make_assistance(pairs[-1], "attributes", ATTRIBUTES | {"task_category": category}, engine="small")
    version(cast, 2, [CODE, MATHS])
    decide(cast, cast.ana, "a")
    version(cast, 3, [CODE, MATHS | {"requires": ["maths", "search"]}])
    decide(cast, cast.ana, "a")
    last = version(cast, 4, [CODE | {"text": "Run both."}, MATHS])
    make_pair(cast.campaign, 9)
    decide(cast, cast.ana, "a")
    told = list(rules.judged_under_older(campaign=cast.campaign, protocol=last))
    assert told == [(pairs[0].pk, 2), (pairs[1].pk, 3)]
    assert list(rules.judged_under_older(campaign=cast.campaign, protocol=version(cast, 5, last.rules))) == told
