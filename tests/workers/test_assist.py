"""`manage.py assist`: the same work in the foreground."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotate.models import Assistance
from tests.cast import make_cast, make_pair
from workers import loading

pytestmark = pytest.mark.django_db


def assist(*arguments: str) -> str:
    out = StringIO()
    call_command("assist", *arguments, stdout=out, verbosity=0)
    return out.getvalue()


def test_missing_kinds_are_wanted_and_done(fakes: Any) -> None:
    campaign = make_cast(slug="llmbar").campaign
    for number in range(3):
        make_pair(campaign, number)
    assert assist("--campaign", "llmbar").splitlines() == [
        f"{kind}: 3 done, 0 waiting, 0 parked" for kind in ("differences", "reward", "attributes", "embed")
    ]
    assert assist("--campaign", "llmbar", "--kind", "embed") == "embed: 3 done, 0 waiting, 0 parked\n"
    assert Assistance.objects.count() == 3 * len(fakes.ASSISTANCE_KINDS)


def test_only_this_campaign_is_worked_on(fakes: Any) -> None:
    here = make_pair(make_cast(slug="here").campaign, 1)
    other = make_pair(make_cast(slug="other").campaign, 1)
    Assistance.objects.create(pair=other, campaign=other.campaign, kind="embed")
    assist("--campaign", "here", "--kind", "embed")
    assert dict(Assistance.objects.values_list("pair_id", "state")) == {here.pk: "done", other.pk: "wanted"}


def test_failures_are_told_and_the_exit_status_says_so(fakes: Any) -> None:
    fakes.ASSISTANCE_MODELS["reward"] = "fake:missing"
    make_pair(make_cast(slug="llmbar").campaign)
    with pytest.raises(CommandError, match="reward: ModelMissing: There is no model fake:missing"):
        assist("--campaign", "llmbar", "--kind", "reward")


def test_ctrl_c_gives_rows_back(fakes: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    make_pair(make_cast(slug="llmbar").campaign)

    def interrupted(kind: str, name: str) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(loading, "engine", interrupted)
    with pytest.raises(CommandError, match="Stopped"):
        assist("--campaign", "llmbar", "--kind", "embed")
    row = Assistance.objects.get()
    assert (row.state, row.attempts) == ("wanted", 0)


def test_computed_anew_it_stands_beside_and_the_position_bias_is_told(fakes: Any) -> None:
    make_pair(make_cast(slug="llmbar").campaign)
    told = "judge default (fake:): the candidate that stood first won {} of {} clear verdicts, 50%"
    assert assist("--campaign", "llmbar", "--kind", "judge").splitlines()[1] == told.format(1, 2)
    assert assist("--campaign", "llmbar", "--kind", "judge", "--anew").splitlines() == [
        "judge: 2 done, 0 waiting, 0 parked",
        told.format(2, 4),
    ]
    assert set(Assistance.objects.values_list("engine", flat=True)) == {"default", "default.2"}
    with pytest.raises(CommandError, match="--anew needs --kind"):
        assist("--campaign", "llmbar", "--anew")
