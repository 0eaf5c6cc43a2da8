"""The last step before a page: only what is listed here survives, whoever produced it."""

import nh3

from annotate.reading.code import CLASSES

TEXT = [
    "p",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "li",
    "blockquote",
    "pre",
    "code",
    "em",
    "strong",
    "s",
    "a",
    "hr",
    "br",
    "div",
    "span",
]
TABLE = ["table", "thead", "tbody", "tr", "th", "td"]
MATHS = [
    "math",
    "mrow",
    "mi",
    "mn",
    "mo",
    "mtext",
    "mspace",
    "ms",
    "mfrac",
    "msqrt",
    "mroot",
    "msub",
    "msup",
    "msubsup",
    "munder",
    "mover",
    "munderover",
    "mmultiscripts",
    "mprescripts",
    "mtable",
    "mtr",
    "mtd",
    "mlabeledtr",
    "mpadded",
    "mphantom",
    "menclose",
    "mstyle",
    "merror",
    "none",
]

_CLEANER = nh3.Cleaner(
    tags={*TEXT, *TABLE, *MATHS},
    attributes={
        "*": {"data-line"},
        "a": {"href", "title"},
        "ol": {"start"},
        "pre": {"data-language"},
        "math": {"display"},
        "mo": {"stretchy", "fence", "separator", "form", "minsize", "maxsize", "largeop", "movablelimits", "accent"},
        "mi": {"mathvariant"},
        "mtable": {"columnalign", "rowspacing", "columnspacing", "columnlines", "rowlines", "displaystyle"},
        "mtd": {"columnalign"},
        "mfrac": {"linethickness"},
        "mover": {"accent"},
        "munder": {"accentunder"},
        "menclose": {"notation"},
        "mstyle": {"displaystyle", "scriptlevel"},
        "mspace": {"width"},
    },
    tag_attribute_values={
        **{tag: {"dir": {"auto"}} for tag in ("p", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote", "table")},
        "pre": {"dir": {"auto", "ltr"}, "tabindex": {"0"}},
        "div": {"tabindex": {"0"}},
    },
    allowed_classes={
        "span": {name for name in CLASSES.values() if name} | {"image"},
        "a": {"image"},
        "code": {"latex"},
        "mi": {"fn"},
        "div": {"scroll", "formula"},
        "pre": {"plain"},
        "p": {"note"},
        "th": {"start", "center", "end"},
        "td": {"start", "center", "end"},
    },
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",  # A link in a response must not press a button of ours.
    link_rel="noopener nofollow noreferrer",
)


def sanitise(html: str) -> str:
    return _CLEANER.clean(html)
