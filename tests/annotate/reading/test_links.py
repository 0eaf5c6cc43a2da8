import pytest

from annotate.reading import render_markdown

REL = 'rel="noopener nofollow noreferrer"'


@pytest.mark.parametrize(
    ("text", "href", "shown"),
    [
        ("see https://a.example/b.", "https://a.example/b", "https://a.example/b</a>."),
        ("(https://a.example/x_(y))", "https://a.example/x_(y)", "https://a.example/x_(y)</a>)"),
        ("www.a.example, yes", "http://www.a.example", "www.a.example</a>,"),
        ("[name](https://a.example)", "https://a.example", "name</a>"),
        ("<https://a.example>", "https://a.example", "https://a.example</a>"),
        ("[mail](mailto:a@b.example)", "mailto:a@b.example", "mail</a>"),
    ],
)
def test_addresses_become_links_that_tell_nobody(text: str, href: str, shown: str) -> None:
    html = render_markdown(text)
    assert f'<a href="{href}" {REL}>{shown}' in html
    assert "target" not in html


def test_an_address_inside_a_link_is_left_alone() -> None:
    assert render_markdown("[https://a.example](https://b.example)").count("<a ") == 1


@pytest.mark.parametrize("href", ["/accept", "accept", "//evil.example", "#top", "?a=b", "../x"])
def test_a_link_into_our_own_pages_leads_nowhere(href: str) -> None:
    assert "href" not in render_markdown(f"[press]({href})")


def test_addresses_in_code_stay_text() -> None:
    assert "<a " not in render_markdown("`https://a.example`\n\n    https://a.example")
