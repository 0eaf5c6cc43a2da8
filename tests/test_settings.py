"""Settings refuse nonsense at start, each in words that name it."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env


@pytest.mark.parametrize("text", ["", "  "])
def test_an_object_that_is_not_given_is_the_default(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_TEST", text)
    assert env.fields("ASSAY_TEST", '{"a": 1}') == {"a": 1}


@pytest.mark.parametrize("text", ["{", "[]", "1", "null", '{"model": "x"}'])
def test_what_is_no_object_or_says_too_much_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_TEST", text)
    with pytest.raises(ImproperlyConfigured, match="ASSAY_TEST"):
        env.fields("ASSAY_TEST", "{}", but=("model",))
    monkeypatch.setenv("ASSAY_TEST", '{"temperature": 1}')
    assert env.fields("ASSAY_TEST", "{}", but=("model",)) == {"temperature": 1}


@pytest.mark.parametrize(("one", "other", "fits"), [("", "", True), ("x", "y", True), ("x", " ", False)])
def test_what_goes_together_is_set_together(one: str, other: str, fits: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_ONE", one)
    monkeypatch.setenv("ASSAY_OTHER", other)
    if fits:
        env.together("ASSAY_ONE", "ASSAY_OTHER")
        return
    with pytest.raises(ImproperlyConfigured, match=r"^ASSAY_OTHER"):
        env.together("ASSAY_ONE", "ASSAY_OTHER")
