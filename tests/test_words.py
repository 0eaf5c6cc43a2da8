"""Texts for people: marked where they stand, and complete in every language."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests import words
from tests.annotate.views.browsing import signed_in
from tests.cast import make_cast

PLACES = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w+\}|<[^>]+>")


def test_no_words_for_people_stand_unmarked_in_a_template() -> None:
    assert words.unmarked() == []


def test_no_words_for_people_stand_unmarked_in_the_code_of_pages_and_domain() -> None:
    assert words.unmarked_in_code() == []


@pytest.mark.parametrize(
    ("source", "read"),
    [
        ("<p>Plain words</p>", ["Plain words"]),
        ("<p>{% translate 'Marked' %} {{ name }}</p><pre>code here</pre><kbd>Esc</kbd>", []),
        ("<p>{% blocktranslate %}Also marked{% endblocktranslate %}</p>", []),
        ("<a title='Go there' data-key='j PageDown' data-held='held for {n}'></a>", ["Go there", "held for {n}"]),
    ],
)
def test_the_reader_of_templates_can_fail(source: str, read: list[str]) -> None:
    reader = words.Reader()
    reader.feed(words.without_tags(source))
    assert reader.words == read


def test_every_language_offered_has_a_catalogue() -> None:
    folders = {path.parts[-3] for path in words.CATALOGUES}
    assert folders == {"zh_Hans"}
    assert [code for code, _name in settings.LANGUAGES] == ["en", "zh-hans"]


@pytest.mark.parametrize("path", words.CATALOGUES, ids=lambda path: path.parts[-3])
def test_a_catalogue_has_every_text_and_no_other(path: Any) -> None:
    catalogue = words.read(path)
    assert {entry.id for entry in catalogue if entry.id} == set(words.found())
    assert words.untranslated(catalogue) == []


@pytest.mark.parametrize("path", words.CATALOGUES, ids=lambda path: path.parts[-3])
def test_a_catalogue_compiles_as_make_compiles_it(path: Any) -> None:
    """Babel's checkers are stricter than we are: a singular and its plural have the same placeholders."""
    wrong = [(entry.id, str(error)) for entry, errors in words.read(path).check() for error in errors]
    assert wrong == []


@pytest.mark.parametrize("path", words.CATALOGUES, ids=lambda path: path.parts[-3])
def test_a_catalogue_keeps_every_placeholder(path: Any) -> None:
    for entry in words.read(path):
        ids = [entry.id] if isinstance(entry.id, str) else list(entry.id)
        strings = [entry.string] if isinstance(entry.string, str) else list(entry.string)
        if entry.id and all(strings):
            assert {tuple(sorted(PLACES.findall(text))) for text in strings} <= {
                tuple(sorted(PLACES.findall(text))) for text in ids
            }, ids


@pytest.mark.django_db
def test_a_person_chooses_their_language_and_it_stays() -> None:
    client = signed_in(make_cast().ana)
    assert '<html lang="en"' in client.get("/").content.decode()
    chosen = client.post("/i18n/setlang/", {"language": "zh-hans"}, headers={"referer": "http://testserver/tokens/"})
    assert (chosen.status_code, chosen["Location"]) == (302, "http://testserver/tokens/")
    assert client.cookies["django_language"]["max-age"] == settings.LANGUAGE_COOKIE_AGE
    page = client.get("/").content.decode()
    assert '<html lang="zh-hans"' in page
    assert "我的工作" in page


@pytest.mark.django_db
def test_a_browser_that_asks_for_chinese_gets_it_and_a_program_gets_the_servers_language(
    client: Client,
) -> None:
    chinese = {"accept-language": "zh-CN,zh;q=0.9,en;q=0.5"}
    assert "登录" in client.get("/accounts/login/", headers=chinese).content.decode()
    refused = client.get("/api/v1/releases/1", headers=chinese)
    assert refused.status_code == 401
    assert refused.json()["error"].isascii()
