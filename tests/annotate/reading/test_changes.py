"""A text before and after: what differs is marked, and what somebody wrote stays inert."""

from annotate.reading.changes import changed_text, changed_words

HOSTILE = "<script>alert(1)</script> & <b onclick=x>"


def test_words_that_differ_are_marked_and_nothing_else() -> None:
    found = changed_words("A claim needs a check.", "A claim needs two checks.")
    assert found.old == '<p>A claim needs <mark class="differs">a check</mark>.</p>'
    assert found.new == '<p>A claim needs <mark class="differs">two checks</mark>.</p>'
    assert (found.same, found.compared) == (False, True)


def test_what_is_the_same_has_no_mark() -> None:
    found = changed_text("# Read\n\nBoth.", "# Read\n\nBoth.")
    assert found.same
    assert "<mark" not in found.old + found.new


def test_a_paragraph_that_is_new_is_marked_whole() -> None:
    found = changed_text("Read both.", "Read both.\n\nThen run the code.")
    assert "<mark" not in found.old
    assert '<mark class="differs only">Then run the code.</mark>' in found.new


def test_hostile_text_stays_text() -> None:
    for found in (changed_words(HOSTILE, HOSTILE + " more"), changed_text(HOSTILE, "other")):
        for side in (found.old, found.new):
            assert "<script" not in side
            assert "<b " not in side


def test_what_is_too_long_is_shown_unmarked() -> None:
    found = changed_text("One.\n\n" * 2_001, "Two.")
    assert not found.compared
    assert "<mark" not in found.new
