"""Terms: what is written differently and means the same is one term."""

import pytest

from curation.terms import asked, found, terms


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("Leap YEARS", "leap year"),
        ("cities", "City"),
        ("Düsseldorf's", "dusseldorf S"),
        ("8,848.86 m", "8848.86 m"),
        ("٣٥٤", "354"),
        ("وَالْمِيلادِيَّة", "والميلادية"),
        ("ｆｕｌｌ width", "full width"),
    ],
)
def test_written_alike(text: str, same: str) -> None:
    assert terms(text) == terms(same) != []


def test_what_is_no_word_is_no_term() -> None:
    assert terms("— … ()[] <> \x00 _ 🙂") == []


def test_scripts_without_spaces_are_found_by_their_neighbours() -> None:
    assert terms("山高8848米") == ["山", "山高", "高", "8848", "米"]
    assert asked("山高8848米") == ["山高", "8848", "米"]


def test_common_words_are_not_asked_for_unless_there_is_nothing_else() -> None:
    assert asked("Is the year 2100 a leap year?") == ["year", "2100", "leap"]
    assert asked("To be or not to be") == ["to", "be", "or", "not"]


def test_a_term_says_where_it_stands() -> None:
    text = "Ten 1,000 Räder."
    assert [(term.text, text[term.start : term.end]) for term in found(text)] == [
        ("ten", "Ten"),
        ("1000", "1,000"),
        ("rader", "Räder"),
    ]


def test_a_word_of_any_length_is_a_term_that_a_database_holds() -> None:
    assert [len(term) for term in terms("x" * 5000 + " " + "7" * 5000)] == [64, 64]
