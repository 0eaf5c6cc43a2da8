"""Responses of 20 kB as people get them: prose, lists, a table, code and formulas, no two alike."""

import random

SIZE = 20_000
WORDS = [
    "the",
    "of",
    "a",
    "value",
    "each",
    "step",
    "because",
    "before",
    "after",
    "then",
    "sum",
    "list",
    "row",
    "index",
    "answer",
    "bound",
    "total",
    "first",
    "last",
    "where",
    "holds",
    "between",
    "result",
    "every",
    "given",
    "number",
    "must",
    "only",
    "other",
    "larger",
    "smaller",
    "returns",
    "keeps",
    "reads",
    "writes",
    "once",
    "again",
    "question",
]
CODE = '''```python
def window_{n}(rows: list[float], size: int = {n}) -> list[float]:
    """Mean of each run of `size` rows."""
    if size < 1:
        raise ValueError(f"size {{size}} is too small")
    total, means = sum(rows[:size]), []
    for at in range(size, len(rows)):
        means.append(total / size)  # before the window moves on
        total += rows[at] - rows[at - size]
    return [*means, total / size]
```'''
FORMULAS = (
    "$$\\sum_{{i=1}}^{{{n}}} i^2 = \\frac{{{n}({n}+1)(2\\cdot {n}+1)}}{{6}}$$",
    "Since $x_{{{n}}} = \\sqrt{{a^2 + b^2}}$ and $\\alpha_{n} \\le \\frac{{1}}{{2}}$, it follows that $f(x) \\to 0$.",
    "$$\\int_0^{{{n}}} e^{{-x^2}}\\,dx \\approx \\frac{{\\sqrt{{\\pi}}}}{{2}}$$",
)


def response(number: int, side: int) -> str:
    """Both sides share most of their sections, as answers to one question do."""
    luck, own = random.Random(number), random.Random(number * 2 + side)
    parts: list[str] = []
    while sum(map(len, parts)) < SIZE:
        made = _section(len(parts), own if luck.random() < 0.3 else luck)
        parts.append(made)
    return "\n\n".join(parts)[:SIZE].rsplit("\n", 1)[0] + "\n"


def _section(at: int, luck: random.Random) -> str:
    n = luck.randint(2, 60)
    kinds = (_prose, _prose, lambda luck, _n: CODE.format(n=n), _formula, _points, _table)
    return f"## Part {at}\n\n" + luck.choice(kinds)(luck, n)


def _prose(luck: random.Random, n: int) -> str:
    return "\n\n".join(_sentence(luck, 40) + f" So there are **{n}**, and `window_{n}` keeps them." for _ in range(3))


def _sentence(luck: random.Random, words: int) -> str:
    return " ".join(luck.choice(WORDS) for _ in range(words)).capitalize() + "."


def _formula(luck: random.Random, n: int) -> str:
    return "\n\n".join(f"{_sentence(luck, 20)}\n\n{formula.format(n=n)}" for formula in FORMULAS)


def _points(luck: random.Random, n: int) -> str:
    return "\n".join(f"- {_sentence(luck, 12)} ({n + at})" for at in range(5))


def _table(luck: random.Random, n: int) -> str:
    rows = "\n".join(f"| {n + at} | {luck.choice(WORDS)} | {luck.random():.3f} |" for at in range(6))
    return f"| n | word | share |\n|---:|---|---:|\n{rows}"
