"""A worker keeps the card of what it loaded, once; a card that cannot be read stops nothing."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from annotate.models import ModelCard
from workers import loading, telling
from workers.engines import Provenance

pytestmark = pytest.mark.django_db


def loaded(monkeypatch: pytest.MonkeyPatch, settings: Any, model: str) -> None:
    settings.ASSISTANCE_MODELS = {"reward": model}
    made = SimpleNamespace(provenance=Provenance("reward", model, "r1", "", {}))
    monkeypatch.setattr(loading, "engine", lambda kind, name: made)
    telling.tell.cache_clear()
    assert telling.engine("reward", "default") is made


def test_the_card_of_a_folder_is_kept_and_renewed(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text('{"architectures": ["A"]}')
    loaded(monkeypatch, settings, str(tmp_path))
    assert ModelCard.objects.get().about == {"architecture": "A"}
    (tmp_path / "config.json").write_text('{"architectures": ["B"]}')
    loaded(monkeypatch, settings, str(tmp_path))
    card = ModelCard.objects.get()
    assert (card.model, card.revision, card.about) == (str(tmp_path), "r1", {"architecture": "B"})


@pytest.mark.parametrize("model", ["openai+http://gpu/v1#Qwen", "/no/such/folder"])
def test_what_has_no_folder_has_no_card(monkeypatch: pytest.MonkeyPatch, settings: Any, model: str) -> None:
    loaded(monkeypatch, settings, model)
    assert not ModelCard.objects.exists()
