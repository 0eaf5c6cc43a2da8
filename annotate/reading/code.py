"""Code in one of seven quiet colours: Pygments reads it, our own few classes name what it found."""

from functools import cache, lru_cache
from html import escape
from itertools import groupby

from pygments.lexer import Lexer
from pygments.lexers import find_lexer_class_by_name
from pygments.token import Token, _TokenType
from pygments.util import ClassNotFound

# Beyond this, colour is not worth the wait: the code is shown plain.
LONGEST = 20_000

# The class of a token is that of its nearest ancestor in this table; what has none stays uncoloured.
CLASSES = {
    Token.Keyword: "t-key",
    Token.Operator.Word: "t-key",
    Token.Name.Tag: "t-key",
    Token.Literal.String: "t-str",
    Token.Generic.Inserted: "t-str",
    Token.Literal.Number: "t-num",
    Token.Keyword.Constant: "t-num",
    Token.Comment: "t-com",
    Token.Generic.Output: "t-com",
    Token.Generic.Prompt: "t-com",
    Token.Name.Function: "t-fun",
    Token.Name.Class: "t-fun",
    Token.Name.Attribute: "t-fun",
    Token.Generic.Heading: "t-fun",
    Token.Name.Builtin: "t-lib",
    Token.Name.Exception: "t-lib",
    Token.Name.Decorator: "t-lib",
    Token.Keyword.Type: "t-lib",
    Token.Error: "",
    Token.Generic.Deleted: "t-del",
}

# Named, not "whatever Pygments knows": some of its 500 lexers take exponential time on hostile text.
LANGUAGES = frozenset(
    [
        "python",
        "py",
        "python3",
        "pycon",
        "javascript",
        "js",
        "jsx",
        "typescript",
        "ts",
        "java",
        "kotlin",
        "scala",
        "c",
        "cpp",
        "c++",
        "csharp",
        "c#",
        "cs",
        "go",
        "golang",
        "rust",
        "rs",
        "ruby",
        "rb",
        "php",
        "swift",
        "objective-c",
        "r",
        "julia",
        "matlab",
        "lua",
        "perl",
        "haskell",
        "hs",
        "ocaml",
        "elixir",
        "erlang",
        "clojure",
        "lisp",
        "scheme",
        "bash",
        "sh",
        "shell",
        "zsh",
        "console",
        "powershell",
        "sql",
        "sqlite3",
        "postgresql",
        "mysql",
        "html",
        "xml",
        "css",
        "scss",
        "json",
        "yaml",
        "yml",
        "toml",
        "ini",
        "diff",
        "docker",
        "dockerfile",
        "make",
        "makefile",
        "cmake",
        "latex",
        "tex",
        "dart",
        "fortran",
        "nasm",
        "asm",
        "verilog",
        "vhdl",
        "graphql",
    ]
)


def highlight(code: str, language: str) -> str:
    """HTML of `code` with spans of our classes; merely escaped if the language is unknown or the code too long."""
    lexer = _lexer(language.lower())
    if lexer is None or len(code) > LONGEST:
        return escape(code, quote=False)
    marked = ((_class(kind), text) for kind, text in lexer.get_tokens(code))
    return "".join(_span(name, "".join(text for _, text in run)) for name, run in groupby(marked, key=_name))


@lru_cache(maxsize=256)
def _lexer(language: str) -> Lexer | None:
    if language not in LANGUAGES:
        return None
    try:
        return find_lexer_class_by_name(language)(stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


@cache
def _class(kind: _TokenType) -> str:
    while kind not in CLASSES and kind.parent is not None:
        kind = kind.parent
    return CLASSES.get(kind, "")


def _name(marked: tuple[str, str]) -> str:
    return marked[0]


def _span(name: str, text: str) -> str:
    shown = escape(text, quote=False)
    return f'<span class="{name}">{shown}</span>' if name else shown
