"""Model cards of what this process loaded, kept where pages can read them: a web server has no models."""

import logging
from functools import cache

from django.conf import settings

from annotate.domain import backends, cards
from workers import engines, loading
from workers.engines import about, fake, sources

log = logging.getLogger(__name__)


def engine(kind: str, name: str) -> engines.Engine:
    """As workers.loading has it; once a process and model its card is kept."""
    made = loading.engine(kind, name)
    tell(backends.of_kind(kind)[name].model, made.provenance.model, made.provenance.revision)
    return made


@cache
def tell(setting: str, model: str, revision: str) -> None:
    """A card is worth no batch: what goes wrong with it is noted."""
    if not setting or setting.startswith(fake.PREFIX) or sources.SERVER.fullmatch(setting):
        return
    try:
        found = sources.find_local(setting, cache=settings.MODELS_DIR)
        cards.keep(model=model, revision=revision, about=about.about(found.folder))
    except (OSError, engines.EngineError) as error:
        log.warning("The card of %s could not be read: %s", model, error)
