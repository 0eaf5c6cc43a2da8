"""Which engine answers; the stand-in is only trained where nobody named a reward model."""

from pathlib import Path
from typing import Any

import pytest

from annotate.domain.sources import labelled_by_source
from tests.cast import make_cast, make_pair
from workers import loading
from workers.engines import ModelMissing


def test_an_engine_is_loaded_once_a_process(fakes: Any) -> None:
    assert loading.engine("reward") is loading.engine("reward")
    assert loading.engine("reward") is not loading.engine("embed")


@pytest.mark.django_db
def test_without_labelled_pairs_there_is_no_stand_in(fakes: Any, tmp_path: Path) -> None:
    fakes.REWARD_STANDIN = fakes.ASSISTANCE_MODELS["reward"] = str(tmp_path / "standin")
    with pytest.raises(ModelMissing, match=r"set REWARD_MODEL, or import 8 pairs .*there are 0"):
        loading.engine("reward")
    assert not (tmp_path / "standin").exists()


@pytest.mark.django_db
def test_the_source_label_says_which_response_was_preferred() -> None:
    campaign = make_cast().campaign
    make_pair(campaign, 1, source_label="a")
    make_pair(campaign, 2, source_label="b")
    make_pair(campaign, 3, source_label="equal")
    make_pair(campaign, 4)
    preferred = [(chosen[0]["content"], other[0]["content"]) for _, chosen, other in labelled_by_source(most=9)]
    assert preferred == [("First answer 1", "Second answer 1"), ("Second answer 2", "First answer 2")]
    assert len(labelled_by_source(most=1)) == 1


def test_what_comes_with_the_rows_is_no_option_of_the_engine(fakes: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr("workers.engines.load", lambda kind, model, **options: given.update(options))
    fakes.ASSISTANCE_MODELS["judge"] = "/m/judge samples=3 examples=4 tokens_a_day=9"
    loading.engine("judge")
    assert given.keys() == {"cache", "batch", "samples"}
