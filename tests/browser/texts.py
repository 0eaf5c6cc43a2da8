"""Long and ugly texts, our own: what pages must hold without breaking. Pairs as (conversation, left, right)."""

Messages = list[dict[str, str]]


def said(*texts: str) -> Messages:
    """Alternating turns, the user first."""
    return [{"role": ("user", "assistant")[at % 2], "content": text} for at, text in enumerate(texts)]


def answer(text: str) -> Messages:
    return [{"role": "assistant", "content": text}]


WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 3
LINE = "result = transform(" + ", ".join(f"argument_number_{n}=value_{n}" for n in range(24)) + ")"
WIDE = (
    "| "
    + " | ".join(f"Column {n}" for n in range(14))
    + " |\n"
    + "|---" * 14
    + "|\n"
    + "| a rather long cell " * 14
    + "|\n"
)
SUM = r"$$\sum_{k=1}^{n} k^2 = " + " + ".join(f"{n}^2" for n in range(1, 30)) + r" = \frac{n(n+1)(2n+1)}{6}$$"

CODE = """## A cache that forgets

The class keeps the `size` newest entries. `OrderedDict.move_to_end` is O(1), so both calls are.

```python
from collections import OrderedDict


class Cache:
    \"\"\"Keeps the newest entries.\"\"\"

    def __init__(self, size: int = 128) -> None:
        self.size = size
        self.entries: OrderedDict[str, bytes] = OrderedDict()

    def get(self, key: str) -> bytes | None:
        if key not in self.entries:
            return None  # nothing kept under this key
        self.entries.move_to_end(key)
        return self.entries[key]

    def put(self, key: str, value: bytes) -> None:
        self.entries[key] = value
        self.entries.move_to_end(key)
        while len(self.entries) > self.size:
            self.entries.popitem(last=False)
```

Try it:

```sh
python -m pytest tests/test_cache.py -q --maxfail=1 && echo "all of it holds"
```

1. `get` answers `None` for what is not there.
2. `put` drops the **oldest** entry, not the largest.
   - It loops, so that a smaller `size` takes effect.
   - Nothing is copied.

```mermaid
graph LR; put --> move_to_end --> popitem
```

> A cache without a bound is a leak with a better name.
"""

MATHS = r"""### The root of the equation

For $ax^2 + bx + c = 0$ with $a \neq 0$, completing the square gives

$$x = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a}.$$

Here $a = 2$, $b = -4$, $c = -6$, so $\Delta = b^2 - 4ac = 16 + 48 = 64$ and

\[
\begin{aligned}
x_1 &= \frac{4 + 8}{4} = 3, \\
x_2 &= \frac{4 - 8}{4} = -1.
\end{aligned}
\]

The sum is $x_1 + x_2 = 2 = -\tfrac{b}{a}$ and the product $x_1 x_2 = -3 = \tfrac{c}{a}$, as Vieta says.
As a matrix, $\begin{pmatrix} 2 & -4 \\ 0 & 1 \end{pmatrix}^{-1}$ exists because its determinant is $2 \neq 0$; and
$\int_0^\infty e^{-x^2}\,dx = \frac{\sqrt{\pi}}{2}$, $\lim_{n\to\infty} \left(1 + \frac1n\right)^n = e$.
"""

ARABIC = """## كيف نختار كتابًا

1. اقرأ **المقدمة** أولًا، فهي تقول ما يَعِد به الكتاب.
2. انظر إلى سنة النشر: `2024` أحدث من `1998`، لكن الأحدث ليس الأفضل دائمًا.
3. قارن السعر بين متجرين على الأقل.

| المعيار | الوزن |
|---|---|
| الوضوح | 50% |
| الدقة | 50% |

> خير جليسٍ في الزمان كتابُ.

```python
print("مرحبا")  # code stays left to right
```
"""
HEBREW = (
    "## איך בוחרים ספר\n\nקראו את **ההקדמה**, ואחר כך את עמוד `100`. אם הוא טוב, כנראה שגם השאר.\n\n- בהירות\n- דיוק\n"
)

CHINESE = """## 如何选择一本书

先读**序言**：它说明这本书承诺了什么。再翻到第 `100` 页，看看是否仍然清楚。

1. 出版年份：`2024` 比 `1998` 新，但新的不一定更好。
2. 价格：至少比较两家书店。
3. 译本：对照原文读一段。

| 标准 | 权重 |
|---|---|
| 清楚 | 50% |
| 准确 | 50% |

> 读书破万卷，下笔如有神。
"""
JAPANESE = """## 本の選び方

まず**序文**を読みます。次に `100` ページを開き、分かりやすいかどうか確かめます。「良い本」は何度も読めます。

- 明快さ
- 正確さ
"""

PARAGRAPH = (
    "The harbour was built in two stages. The first pier reached the deep water in the spring, and the second followed "
    "when the stone from the northern quarry had dried. Nobody wrote down how many people worked on it. "
)
LONG = "\n\n".join(
    f"## Part {n}\n\n{PARAGRAPH * 3}\n\n- first point of {n}\n- second point of {n}" for n in range(1, 28)
)
OTHER = LONG.replace("two stages", "three stages").replace("## Part 5\n", "## Chapter 5\n")

TURNS = said(
    "I have 120 pages to translate by Friday. Can you make me a plan?",
    "Of course. How many hours a day do you have, and are all pages alike?",
    "Six hours. About 30 of them are tables, which go faster.",
    "Then do the tables last: they need less thought when you are tired.",
    "Good. And how do I know on Wednesday whether I am late?",
)

PAIRS: dict[str, tuple[Messages, Messages, Messages]] = {
    "code": (said("Write a small LRU cache in Python, with a test."), answer(CODE), answer(CODE.replace("128", "64"))),
    "maths": (said(r"Solve $2x^2 - 4x - 6 = 0$."), answer(MATHS), answer(MATHS.replace("= 3,", "= 4,"))),
    "turns": (TURNS, answer("By Wednesday night 72 pages must be done.\n\n" + PARAGRAPH), answer("Count the pages.")),
    "long": (said("Tell the history of the harbour."), answer(LONG), answer(OTHER)),
    "rtl": (said("كيف أختار كتابًا جيدًا؟"), answer(ARABIC), answer(HEBREW)),
    "cjk": (said("怎样选一本好书？ 良い本の選び方は？"), answer(CHINESE), answer(JAPANESE)),
    "wide": (
        said(f"{WORD} {LINE}"),
        answer(f"{WORD}\n\n```python\n{LINE}\n```\n\n{WIDE}\n\n{SUM}\n\n`{LINE}`"),
        answer(
            f"# {WORD}\n\n> {WORD}\n\n- {LINE}\n\n[{WORD}](https://example.org/{WORD})\n\n{SUM}\n\n![{WORD}](x.png)"
        ),
    ),
}
