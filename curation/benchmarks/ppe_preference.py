"""PPE, human preference (Frick et al. 2024, arXiv 2410.14872): the winner of a vote must score higher."""

from collections.abc import Sequence

from curation.benchmarks import fields
from curation.benchmarks.items import Benchmark, Item, Report, Row, Scores, by_subset, mean, percent
from curation.benchmarks.pairs import counted, equal, strictly
from curation.pairs import Conversation

WINNERS = ("model_a", "model_b", "tie", "tie (bothbad)")


def read(row: Row, path: str) -> Item:
    winner = fields.one_of(row, "winner", WINNERS)
    language = str(row.get("language") or "unknown")
    return Item(fields.identity(row, "question_id"), language, 2, row, counts=winner in ("model_a", "model_b"))


def texts(item: Item) -> tuple[Conversation, list[str]]:
    responses = [fields.text(item.row, "response_1"), fields.text(item.row, "response_2")]
    return fields.prompt(item.row, "prompt"), responses


def report(items: Sequence[Item], scores: Scores) -> Report:
    kept, those = counted(items, scores)
    values = [_right(item, one) for item, one in zip(kept, those, strict=True)]
    languages = {language: percent(found) for language, found in by_subset(kept, values).items()}
    dropped = len(items) - len(kept)
    return Report(
        n=len(kept),
        overall=percent(values),
        macro=mean(languages.values()),
        ties=equal(those),
        subsets=languages,
        official="share of the votes, ties left out",
        mean="mean of the languages",
        notes=[f"{dropped} items whose vote is a tie are left out."] if dropped else [],
    )


def _right(item: Item, values: Sequence[float]) -> float:
    first, second = values
    if fields.one_of(item.row, "winner", WINNERS) == "model_b":
        first, second = second, first
    return strictly(first, second)


BENCHMARK = Benchmark(
    name="ppe-preference",
    title="PPE Preference",
    scores="response_1, response_2",
    categories=(),
    read=read,
    texts=texts,
    report=report,
)
