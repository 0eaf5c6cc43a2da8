"""A pair full of what must not leak: every hidden fact carries a word of its own that nothing else contains."""

from dataclasses import replace
from typing import Any

from annotate.domain import corrections, leases, protocol
from annotate.domain.protocol import Said
from annotate.models import Claim, Pair
from tests.cast import ATTRIBUTES, Cast, make_assistance, make_pair

HIDDEN = {
    "source": "bait-source-quokka",
    "source_id": "bait-source-id-numbat",
    "group": "bait-group-bilby",
    "model of a": "bait-model-a-dugong",
    "model of b": "bait-model-b-potoroo",
    "column of the row": "bait-row-wombat",
    "reward model": "bait-reward-model-cassowary",
    "reward revision": "bait-revision-bandicoot",
    "engine": "bait-engine-taipan",
    "attributes model": "bait-attributes-model-echidna",
    "attributes payload": "bait-attributes-extra-lorikeet",
    "embed model": "bait-embed-model-galah",
    "judge model": "bait-judge-model-kowari",
    "reason of the judge": "bait-judge-reason-dunnart",
    "second judge": "bait-second-judge-antechinus",
    "judge revision": "bait-judge-revision-kultarr",
    "judge prompt": "bait-judge-prompt-ningaui",
    "verifying model": "bait-preverify-model-phascogale",
    "verification": "bait-preverify-reason-mulgara",
    "sampling settings": "bait-settings-planigale",
    "parked error": "bait-error-kookaburra",
    "reason of somebody else": "bait-reason-platypus",
    "skip of somebody else": "bait-cause-goanna",
    "correction of somebody else": "bait-correction-quoll",
}
SCORES = {"score_a": 7.12341, "score_b": -3.87651, "margin": 10.99992, "p": 0.98765, "truncated": False}
WORDS = (*tuple(word.encode() for word in HIDDEN.values()), b"7.1234", b"3.8765", b"10.9999", b"0.98765", b"0.9877")


VERIFIED = {
    "a": {"verdict": "incorrect", "reason": HIDDEN["verification"]},
    "b": {"verdict": "correct", "reason": ""},
    "truncated": False,
}


def judged(choice: str) -> dict[str, Any]:
    """A judge's payload: two samples for this response, in both orders."""
    reason = f"Candidate 1 is what it is: {HIDDEN['reason of the judge']}"
    return {
        "choice": choice,
        "votes": {"a": 0, "b": 0, "undecided": 0} | {choice: 2},
        "samples": [{"order": order, "choice": choice, "reason": reason} for order in ("ab", "ba")],
        "failed": 0,
        "seed": 0,
        "first": 1,
        "clear": 2,
        "truncated": False,
    }


def make_baited_pair(cast: Cast, number: int = 1, *, source_label: str = "b") -> Pair:
    """One pair with reward, attributes, embedding and a parked row, each with bait in what is hidden."""
    pair = make_pair(
        cast.campaign,
        number,
        source_label=source_label,
        source=HIDDEN["source"],
        source_id=HIDDEN["source_id"],
        group=HIDDEN["group"],
        extra={
            "model_a": HIDDEN["model of a"],
            "model_b": HIDDEN["model of b"],
            "row": {"note": HIDDEN["column of the row"]},
        },
    )
    reward = {"engine": HIDDEN["engine"], "model": HIDDEN["reward model"], "revision": HIDDEN["reward revision"]}
    make_assistance(pair, "reward", SCORES, **reward)
    extra = {"thoughts": HIDDEN["attributes payload"]}
    make_assistance(pair, "attributes", ATTRIBUTES | extra, model=HIDDEN["attributes model"])
    make_assistance(pair, "embed", {"norm": 1.0}, model=HIDDEN["embed model"])
    settings = {"temperature": HIDDEN["sampling settings"]}
    by = {"revision": HIDDEN["judge revision"], "prompt_version": HIDDEN["judge prompt"], "settings": settings}
    make_assistance(pair, "judge", judged("b"), model=HIDDEN["judge model"], **by)
    make_assistance(pair, "judge", judged("b"), model=HIDDEN["second judge"], engine="other")
    make_assistance(pair, "preverify", VERIFIED, model=HIDDEN["verifying model"])
    make_assistance(pair, "differences", None, state="parked", error=HIDDEN["parked error"])
    return pair


def somebody_else_was_here(cast: Cast) -> None:
    """Ben judges and decides the next pair, chen skips it: what they wrote is bait too."""
    said = Said(choice="left", strength=3, confidence=3, reason=HIDDEN["reason of somebody else"])
    claim = held(cast, cast.ben)
    corrected = {"desired_attributes": HIDDEN["correction of somebody else"]}
    corrections.correct(claim_id=claim.pk, user=cast.ben, values=corrected)
    marked = [{"item": HIDDEN["correction of somebody else"], "left": True, "right": False}]
    protocol.judge(claim_id=claim.pk, user=cast.ben, said=replace(said, checks=marked))
    protocol.decide(claim_id=claim.pk, user=cast.ben, said=said)
    claim = held(cast, cast.chen)
    leases.abandon(claim=claim, cause=HIDDEN["skip of somebody else"], actor=cast.chen)


def held(cast: Cast, user: Any) -> Claim:
    claim, _ = leases.claim_next(campaign=cast.campaign, user=user)
    assert claim is not None
    return claim


def found_in(*texts: bytes) -> list[str]:
    """The bait words that are in any of the texts."""
    return [word.decode() for word in WORDS if any(word in text for text in texts)]
