"""The texts for people in the source, and the catalogues of `locale/` held beside them.

`python -m tests.words` (make words) brings the catalogues up to date: new texts come in untranslated, those that are
gone go. It needs no gettext tools; what is found is exactly what Django looks up at runtime.
"""

import ast
import os
from collections.abc import Iterator
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
CATALOGUES = sorted((ROOT / "locale").glob("*/LC_MESSAGES/django.po"))
CODE = ("annotate", "api", "config")
NOISE = tuple(f'"{name}' for name in ("Project-", "Report-", "POT-", "PO-", "Last-", "Language-Team", "Generated-"))
ONE = {"_", "gettext", "gettext_lazy", "gettext_noop"}
MANY = {"ngettext", "ngettext_lazy"}
ATTRIBUTE_BLOCKS = (["block", "main_class"], ["block", "body_data"], ["block", "frame"])
ERRORS = {"Invalid", "Refused", "Missing", "Conflict", "AlreadyDone", "OutOfOrder", "Gone"}
SAID_BY = ERRORS | {"ValidationError", "add_error", "_unfit"}
SAID_IN = {"label", "help_text", "empty_label", "error_messages"}
Found = dict[str | tuple[str, str], set[str]]


def found() -> Found:
    """Every text that the source marks: msgid, or (singular, plural), with the files it stands in."""
    texts: Found = {}
    for path, text in (*_of_code(), *_of_templates()):
        texts.setdefault(text, set()).add(str(path.relative_to(ROOT)))
    return texts


def _of_code() -> Iterator[tuple[Path, str | tuple[str, str]]]:
    for path, tree in modules():
        for call in ast.walk(tree):
            name = called(call)
            if name in ONE and isinstance(text := _constant(call, 0), str):
                yield path, text
            if name in MANY and isinstance(text := _constant(call, 0), str):
                yield path, (text, str(_constant(call, 1)))


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path, ast.parse(path.read_text())


def called(node: ast.AST) -> str:
    """The name of what a call calls, or nothing."""
    if not isinstance(node, ast.Call):
        return ""
    return getattr(node.func, "id", "") or getattr(node.func, "attr", "")


def _constant(call: Any, at: int) -> Any:
    return getattr(call.args[at], "value", None) if len(call.args) > at else None


def templates() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.html"))


def _of_templates() -> Iterator[tuple[Path, str | tuple[str, str]]]:
    from django.template import Node, engines
    from django.templatetags.i18n import BlockTranslateNode, TranslateNode

    for path in templates():
        nodes = engines["django"].engine.from_string(path.read_text()).nodelist.get_nodes_by_type(Node)
        for node in nodes:
            if isinstance(node, TranslateNode):
                yield path, node.filter_expression.var.literal.replace("%", "%%")
            if isinstance(node, BlockTranslateNode):
                singular, _names = node.render_token_list(node.singular)
                plural, _names = node.render_token_list(node.plural)
                yield path, (singular, plural) if node.plural else singular


def unmarked() -> list[str]:
    """Where words for people stand unmarked in a template: in its text, or in an attribute that is read out."""
    found = []
    for path in templates():
        reader = Reader()
        reader.feed(without_tags(path.read_text()))
        reader.close()
        found += [f"{path.relative_to(ROOT)}: {words}" for words in reader.words]
    return found


def unmarked_in_code() -> list[str]:
    """Where pages' code says something to people in words that are not marked: errors, notices, fields of forms."""
    found = []
    for path, tree in modules():
        if path.is_relative_to(ROOT / "annotate") and "management" not in path.parts:
            # What models say to developers stays English; the names of their choices are for people.
            said = _choices if "models" in path.parts else _said
            spots = (spot for node in ast.walk(tree) for spot in said(node))
            found += [f"{path.relative_to(ROOT)}: {words}" for spot in spots for words in _bare(spot)]
    return found


def _said(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Call):
        owner = getattr(getattr(node.func, "value", None), "id", "")
        if called(node) in SAID_BY or owner == "messages":
            yield from (*node.args, *(keyword.value for keyword in node.keywords))
        yield from (keyword.value for keyword in node.keywords if keyword.arg in SAID_IN)
    if isinstance(node, ast.Assign) and getattr(getattr(node.targets[0], "value", None), "id", "") == "wrong":
        yield node.value


def _choices(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.ClassDef) and any(getattr(base, "attr", "") == "TextChoices" for base in node.bases):
        values = (line.value for line in node.body if isinstance(line, ast.Assign))
        yield from (part for value in values if isinstance(value, ast.Tuple) for part in value.elts[1:])


def _bare(node: ast.AST) -> Iterator[str]:
    """Texts of more than one word below a node that no marking call holds."""
    if called(node) in ONE | MANY:
        return
    text = node.value if isinstance(node, ast.Constant) else None
    if isinstance(text, str) and " " in text.strip() and any(map(str.isalpha, text)):
        yield text
    for child in ast.iter_child_nodes(node):
        yield from _bare(child)


def without_tags(source: str) -> str:
    """A template with its tags and variables blanked out, and what stands inside blocktranslate."""
    from django.template.base import Lexer, TokenType

    kept, inside = [], False
    for token in Lexer(source).tokenize():
        tag = token.split_contents() if token.token_type == TokenType.BLOCK else []
        if tag and (tag[0] == "blocktranslate" or tag[:2] in ATTRIBUTE_BLOCKS):
            inside = True
        elif tag and tag[0] in ("endblocktranslate", "endblock"):
            inside = False
        elif token.token_type == TokenType.TEXT and not inside:
            kept.append(token.contents)
        elif token.token_type == TokenType.VAR:
            kept.append("�")
    return "".join(kept)


class Reader(HTMLParser):
    """Words in the text (code and keys are the same in every language) and in attributes that people get to see."""

    SAME = {"pre", "code", "kbd", "script", "style"}
    READ = {"aria-label", "title", "placeholder", "alt", "aria-description"}
    NAMES = {"Assay", "SHA-256", "manifest.json", "E", "ms", "p", "MB"}

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.depth += tag in self.SAME
        for name, value in attrs:
            if name in self.READ or (name.startswith("data-") and " " in (value or "") and name != "data-key"):
                self._note(value or "")

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag in self.SAME

    def handle_data(self, data: str) -> None:
        if not self.depth:
            self._note(data)

    def _note(self, text: str) -> None:
        words = [word for word in text.split() if any(map(str.isalpha, word))]
        if any(word.strip("�,.:;()=") not in self.NAMES for word in words):
            self.words.append(" ".join(words))


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3])


def compile_stale() -> None:
    """Compile what `make` would: a catalogue whose .mo is missing or older."""
    for path in CATALOGUES:
        made = path.with_suffix(".mo")
        if not made.exists() or made.stat().st_mtime < path.stat().st_mtime:
            draft = made.with_suffix(f".{os.getpid()}")
            with draft.open("wb") as file:
                write_mo(file, read(path))
            draft.replace(made)


def update() -> None:
    texts = found()
    for path in CATALOGUES:
        held = read(path)
        fresh = Catalog(locale=held.locale, header_comment=held.header_comment, project="Assay", fuzzy=False)
        for text in sorted(texts, key=lambda text: (min(texts[text]), str(text))):
            known = held.get(text if isinstance(text, str) else text[0])
            string = known.string if known and known.id == text else None
            fresh.add(text, string, locations=[(file, None) for file in sorted(texts[text])])
        write(path, fresh)
        print(f"{path.relative_to(ROOT)}: {len(untranslated(fresh))} of {len(fresh)} to translate")


def untranslated(catalogue: Catalog) -> list[str | tuple[str, str]]:
    return [entry.id for entry in catalogue if entry.id and not (entry.string and all(entry.string))]


def write(path: Path, catalogue: Catalog) -> None:
    """The catalogue without the dates and names that would differ at each writing."""
    file = BytesIO()
    write_po(file, catalogue, width=120)
    lines = file.getvalue().decode().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith(NOISE)))


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    update()
