"""The docs are held to the code: commands, make targets, settings, files and links that they name exist."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from django.core.management import get_commands, load_command_class

from annotate.domain.defaults import DEFAULT_RULES, DEFAULT_TEXT

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
README = PAGES[0].read_text()
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
MADE = re.compile(r"^([a-z]+):", re.MULTILINE)
READ = re.compile(r"""(?:env\.\w+|environ\.get)\(\s*["']([A-Z_]+)["']""")
ELSEWHERE = {
    "TORCH_INDEX",
    "TEST_DATABASE_URL",
    "TEST_REDIS_URL",
    "CI",
    "ASSAY_OPENAI_API_KEY",
}  # Makefile, tests, engines


def settings_read() -> set[str]:
    return {name for path in (ROOT / "config").glob("*.py") for name in READ.findall(path.read_text())}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text()):
        if not target.startswith(("http://", "https://", "#")):
            assert (page.parent / target.partition("#")[0]).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_named_exists(page: Path) -> None:
    targets = set(MADE.findall((ROOT / "Makefile").read_text()))
    for code in re.findall(r"(?:`|^    )make ([a-z]+)", page.read_text(), re.MULTILINE):
        assert code in targets, code


def test_every_command_and_option_in_the_readme_exists() -> None:
    rows = re.findall(r"^\| `([a-z_]+)([^`]*)` \|", README, re.MULTILINE)
    rows = [(name, rest) for name, rest in rows if name != "make"]
    assert {name for name, _ in rows} == {
        name for name, app in get_commands().items() if app in ("annotate", "api", "workers")
    }
    for name, rest in rows:
        known = options_of(name)
        for option in re.findall(r"--[a-z-]+", rest):
            assert option in known, f"{name} {option}"


def options_of(name: str) -> set[str]:
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    return {option for action in parser._actions for option in action.option_strings}


def test_every_manage_py_line_of_the_docs_can_be_parsed() -> None:
    for page in PAGES:
        for line in re.findall(r"manage\.py ([a-z_]+ [^`\n]*)", page.read_text()):
            name, *words = shlex.split(line.replace("[", " ").replace("]", " ").replace("|", " ").replace("...", " "))
            assert name in get_commands(), line
            assert {word for word in words if word.startswith("--")} <= options_of(name), line


def test_the_readme_names_every_setting_and_no_other() -> None:
    table = README.partition("## Environment")[2]
    named = {name for row in re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE) for name in CODE.findall(row)}
    assert named - ELSEWHERE == settings_read()


def test_every_variable_the_docs_name_is_read_somewhere() -> None:
    known = settings_read() | ELSEWHERE
    for page in PAGES:
        for name in re.findall(r"`([A-Z][A-Z]+_[A-Z_]+)(?:=[^`]*)?`", page.read_text()):
            assert name in known or name == "HF_HUB_OFFLINE" or name in constants(), f"{page.name}: {name}"


def constants() -> str:
    """Docs may name a constant of the code too."""
    return "\n".join(
        path.read_text() for folder in ("annotate", "curation", "workers") for path in (ROOT / folder).rglob("*.py")
    )


def test_the_protocol_page_says_what_new_campaigns_are_told() -> None:
    page = " ".join((ROOT / "docs" / "protocol.md").read_text().split())
    for paragraph in DEFAULT_TEXT.strip().split("\n\n"):
        assert " ".join(paragraph.split()) in page
    rows = [line for line in (ROOT / "docs" / "protocol.md").read_text().splitlines() if line.startswith("| ")][1:]
    assert len(rows) == len(DEFAULT_RULES)
    for row, rule in zip(rows, DEFAULT_RULES, strict=True):
        where, _, evidence = (cell.strip() for cell in row.strip("|").split("|"))
        assert evidence == ", ".join(rule["requires"])
        for value in rule["when"].get("task_category", []):
            assert value in where


def test_the_demo_has_as_many_pairs_as_the_docs_say() -> None:
    lines: list[Any] = [json.loads(line) for line in (ROOT / "demo" / "pairs.jsonl").read_text().splitlines()]
    assert f"{len(lines)} pairs" in README
