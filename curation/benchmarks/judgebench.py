"""JudgeBench (Tan et al. 2024, arXiv 2410.12784): pairs of which one answer is objectively right.

A reward model is right where the labelled response scores higher; an equal score is wrong. A judge is asked in both
orders: +1 for a verdict equal to the label, -1 for its opposite, and right only where the sum is above 0. The official
total is the share of all pairs; the Skywork-Reward-V2 table has the mean of the four categories, on the GPT-4o pairs.
"""

from collections.abc import Sequence

from curation.benchmarks import fields
from curation.benchmarks.items import (
    Benchmark,
    Figure,
    Item,
    Report,
    Row,
    Scores,
    Verdicts,
    absent,
    by_subset,
    mean,
    ordered,
    percent,
)  # fmt: skip
from curation.benchmarks.pairs import OPPOSITE, equal, undone
from curation.pairs import Conversation, RowError

CATEGORIES = ("knowledge", "reasoning", "math", "coding")
SOURCES = {
    "mmlu-pro": "knowledge", "livebench-reasoning": "reasoning", "livebench-math": "math", "livecodebench": "coding",
}  # fmt: skip
LABELS = ("A>B", "B>A")


def read(row: Row, path: str) -> Item:
    fields.one_of(row, "label", LABELS)
    source = fields.text(row, "source")
    category = next((name for start, name in SOURCES.items() if source.lower().startswith(start)), None)
    if category is None:
        raise RowError(f"source is {source!r}; known are mmlu-pro-*, {', '.join(list(SOURCES)[1:])}")
    also = {"subset": category}
    if row.get("response_model"):
        also["response_model"] = str(row["response_model"])
    return Item(fields.identity(row, "pair_id"), category, 2, row, also=also)


def texts(item: Item) -> tuple[Conversation, list[str]]:
    return fields.prompt(item.row, "question"), [
        fields.text(item.row, "response_A"),
        fields.text(item.row, "response_B"),
    ]


def report(items: Sequence[Item], scores: Scores) -> Report:
    said = ["A>B" if a > b else "B>A" if b > a else "A=B" for a, b in scores]
    values = [float(one == _label(item)) for item, one in zip(items, said, strict=True)]
    return _report(items, values, ties=equal(scores))


def judge(items: Sequence[Item], verdicts: Verdicts) -> Report:
    """The official rule. Verdicts stand alternately for the order A, B and for B, A, in terms of what was shown."""
    plain = [undone(said) for said in verdicts]
    labels = [_label(item) for item in items]
    sums = [said.count(label) - said.count(OPPOSITE[label]) for label, said in zip(labels, plain, strict=True)]
    told = _report(items, [float(one > 0) for one in sums], ties=sums.count(0))
    told.figures.append(Figure("verdicts that changed with the order", percent(len(set(said)) > 1 for said in plain)))
    return told


def _label(item: Item) -> str:
    return fields.one_of(item.row, "label", LABELS)


def _report(items: Sequence[Item], values: Sequence[float], *, ties: int) -> Report:
    found = {category: percent(those) for category, those in by_subset(items, values).items()}
    models = {item.also["response_model"] for item in items if "response_model" in item.also}
    many = f"Pairs of {len(models)} models together; the published table is on the GPT-4o pairs alone."
    return Report(
        n=len(items),
        overall=percent(values),
        macro=mean(found.values()),
        ties=ties,
        subsets=ordered(found, CATEGORIES),
        official="share of all pairs",
        mean="mean of the four categories, as in the Skywork-Reward-V2 table",
        missing=absent(found, CATEGORIES),
        notes=[many] if len(models) > 1 else [],
    )


BENCHMARK = Benchmark(
    name="judgebench",
    title="JudgeBench",
    scores="response_A, response_B",
    categories=CATEGORIES,
    read=read,
    texts=texts,
    report=report,
    judge=judge,
)
