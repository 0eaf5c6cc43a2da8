"""One engine a line of the settings and process, made at first need."""

from functools import cache
from pathlib import Path

from django.conf import settings

from annotate.domain import backends
from annotate.domain.backends import DEFAULT
from annotate.domain.sources import labelled_by_source
from workers import engines
from workers.engines import fake

ROWS_OWN = ("examples",)  # options that come with the rows
FEWEST = 8
MOST = 256


@cache
def engine(kind: str, name: str = DEFAULT) -> engines.Engine:
    """The engine behind a line of the settings. Raises engines.EngineError; the next call tries again."""
    backend = backends.of_kind(kind)[name]
    if backend.model.startswith(fake.PREFIX):
        return fake.load(kind, backend.model)
    if kind == "reward" and backend.model == settings.REWARD_STANDIN:
        train_standin(Path(backend.model))
    options = {key: value for key, value in backend.options.items() if key not in (*backend.budget, *ROWS_OWN)}
    batch = settings.ASSISTANCE_BATCHES[kind]
    return engines.load(kind, backend.model, cache=settings.MODELS_DIR, batch=batch, **options)


def train_standin(folder: Path) -> None:
    """Where the operator names no reward model, a small stand-in is trained from the labels that sources gave."""
    if folder.is_dir():
        return
    pairs = labelled_by_source(most=MOST)
    if len(pairs) < FEWEST:
        raise engines.ModelMissing(
            f"No reward model: set REWARD_MODEL, or import {FEWEST} pairs with a source label, of which a stand-in "
            f"is trained; there are {len(pairs)}."
        )
    from workers.engines.standin import train_standin as train

    train(pairs, folder, cache=settings.MODELS_DIR)
