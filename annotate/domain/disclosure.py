"""What may be sent to whom, and when: the one table that pages and API are built from.

A page gets a plain object made here, never a model with its relations. What is not named below does not leave.
"""

import hashlib
import json
from collections.abc import Callable
from math import exp
from typing import Any

from annotate.domain import judges
from annotate.domain.attributes import qualities, standing
from annotate.domain.best import rank
from annotate.domain.compiled import Compiled
from annotate.domain.masking import HIDDEN, mask, names
from annotate.models import Assistance, Claim, Judgement, KnownAnswer, Pair, Protocol, ToolRun, Verdict
from annotate.models.assistance import IMPORTED
from annotate.models.campaign import Purpose
from annotate.models.learning import AnswerPurpose
from annotate.models.protocol import SIDES
from annotate.models.tools import ToolKind
from curation.attributes import ATTRIBUTES

Message = dict[str, str]
Shown = dict[str, Any]

OPEN_KINDS = ("attributes", "differences")  # assistance open from the start
REVEALED_KINDS = ("reward", "judge", "preverify")  # assistance that carries a verdict: only after the judgement

UNUSED = (
    *("blob", "prompt_version", "revision", "settings", "tokens_read", "tokens_written", "tokens_padded"),
    *("milliseconds", "attempts", "error", "due", "lease", "finished"),
)
OPEN = Compiled(lambda pair_id: Assistance.objects.filter(pair_id=pair_id, kind__in=OPEN_KINDS).defer(*UNUSED), int)
EVERY = Compiled(lambda pair_id: Assistance.objects.filter(pair_id=pair_id).defer(*UNUSED).order_by("kind"), int)


def help_for(pair_id: int) -> list[Assistance]:
    """All assistance of the pair, for who is about to write a judgement; what of it is sent, `revealing` decides."""
    return EVERY(pair_id)


def not_ready(help: list[Assistance]) -> list[str]:
    """Kinds of assistance that are wanted for the pair and not there: judged without, and the record says so.

    One engine's answer is enough, also while it is computed anew.
    """
    ready = {row.kind for row in help if _done(row)}
    return [kind for kind in dict.fromkeys(row.kind for row in help) if kind not in ready]


def side(claim: Claim, choice: str) -> str:
    """Canonical to shown: 'a' is 'left' where a stands left; what is no response stays as it is."""
    return {claim.left: "left", _other(claim.left): "right"}.get(choice, choice)


def canonical(claim: Claim, choice: str) -> str:
    """Shown to canonical: undoes the orientation at the border."""
    return {"left": claim.left, "right": _other(claim.left)}.get(choice, choice)


def _other(response: str) -> str:
    return "b" if response == "a" else "a"


def stage_of(claim: Claim) -> str:
    """judgement -> verdict -> done; a claim without a verdict that was abandoned is `abandoned`."""
    judgement = getattr(claim, "judgement", None)
    if judgement is None:
        return "abandoned" if claim.abandoned else "judgement"
    return "done" if getattr(judgement, "verdict", None) else "verdict"


def show_claim(claim: Claim, *, masked: bool | None = None, own: bool = True) -> Shown:
    """The claim as its holder may see it now. One statement for the open assistance, none for the rest.

    `masked`: hide the names responses give themselves; by default until this claim's verdict is written. `own` False:
    for a reviewer, without what its holder corrected.
    `claim` comes with pair, campaign, judgement, reveal, verdict and protocol joined (leases.own_claim).
    """
    stage = stage_of(claim)
    masked = stage != "done" if masked is None else masked
    given = best_of(OPEN(claim.pair_id))
    attributes = show_attributes(given.get("attributes"))
    corrected = claim.corrected if own else {}
    judgement = getattr(claim, "judgement", None)
    reveal = getattr(judgement, "reveal", None)
    return {
        "id": claim.pk,
        "campaign": {"slug": claim.campaign.slug, "name": claim.campaign.name},
        "purpose": claim.campaign.purpose,
        "stage": stage,
        "expires": claim.expires,
        "held_seconds": claim.campaign.lease_minutes * 60,
        "pair": show_pair(claim, claim.pair, masked=masked)
        | {
            "attributes": attributes,
            "corrected": corrected,
            "wanted": qualities(attributes, corrected),
            "differences": show_differences(claim, given.get("differences"), masked=masked),
            "missing": [kind for kind in OPEN_KINDS if not _done(given.get(kind))],
        },
        "protocol": show_protocol(claim.protocol, standing(attributes, corrected)),
        "judgement": show_judgement(claim, judgement),
        "revealed": reveal.payload if reveal else None,
        "feedback": show_feedback(claim) if stage == "done" and claim.round else None,
    }


def show_feedback(claim: Claim) -> Shown | None:
    """Practice alone: the known answer and why, once the verdict is written. One statement.

    A qualification answers nothing pair by pair, and a hidden check nothing at all. The answer is the newest: one that
    was wrong is retired, and another stands for it.
    """
    if claim.campaign.purpose != Purpose.PRACTICE:
        return None
    answer = KnownAnswer.objects.filter(pair_id=claim.pair_id, purpose=AnswerPurpose.PRACTICE).latest("pk")
    return {
        "right": claim.judgement.verdict.choice == answer.choice,
        "first_right": claim.judgement.choice == answer.choice,
        "choice": side(claim, answer.choice),
        "explanation": answer.explanation,
    }


def best_of(rows: Any) -> dict[str, Assistance]:
    """Per kind, the row to show: what the source brought first, then the newest done one, then any."""
    found: dict[str, Assistance] = {}
    for row in sorted(rows, key=lambda row: (row.state == "done", *rank(row))):
        found[row.kind] = row
    return found


def _done(row: Assistance | None) -> bool:
    return row is not None and row.state == "done"


def show_pair(claim: Claim, pair: Pair, *, masked: bool) -> Shown:
    """The conversation and both responses. `own_names`: what each calls itself, None while that is kept back."""
    sides = {"left": _response(pair, claim.left), "right": _response(pair, _other(claim.left))}
    named = {side: own_names(messages) for side, messages in sides.items()}
    return {
        "id": pair.pk,
        "conversation": _messages(pair.conversation),
        **{side: _messages(messages, masked=masked) for side, messages in sides.items()},
        "masked": masked and any(named.values()),
        "own_names": None if masked else named,
    }


def _response(pair: Pair, response: str) -> list[Message]:
    messages: list[Message] = pair.response_a if response == "a" else pair.response_b
    return messages


def own_names(messages: list[Message]) -> list[str]:
    """The names a response gives itself, each once."""
    return list(dict.fromkeys(name for message in messages for name in names(message["content"])))


def _messages(messages: list[Message], *, masked: bool = False) -> list[Message]:
    return [
        {"role": message["role"], "content": mask(message["content"]) if masked else message["content"]}
        for message in messages
    ]


def show_attributes(row: Assistance | None) -> dict[str, str] | None:
    """The five attributes and who wrote them ('model' or 'source'), never which model."""
    if row is None or row.state != "done" or row.payload is None:
        return None
    shown = {name: str(row.payload.get(name, "")) for name in ATTRIBUTES}
    return shown | {"written_by": "source" if row.engine == IMPORTED else "model"}


def given_attributes(claim: Claim) -> dict[str, str] | None:
    """What the data or a model says of the pair's attributes. One statement."""
    return show_attributes(best_of(OPEN(claim.pair_id)).get("attributes"))


def show_differences(claim: Claim, row: Assistance | None, *, masked: bool) -> list[dict[str, str]] | None:
    if row is None or row.state != "done" or row.payload is None:
        return None
    hidden = {response: own_names(_response(claim.pair, response)) if masked else [] for response in SIDES}
    return [
        {
            "left": _excerpt(entry, claim.left, hidden),
            "right": _excerpt(entry, _other(claim.left), hidden),
            "what": str(entry.get("what", "")),
        }
        for entry in row.payload.get("differences", [])
    ]


def _excerpt(entry: dict[str, Any], response: str, hidden: dict[str, list[str]]) -> str:
    """Where an excerpt is cut, the words around a name may be gone: it is hidden wherever it stands."""
    text = str(entry.get(response, ""))
    for name in sorted(hidden[response], key=len, reverse=True):
        text = text.replace(name, HIDDEN)
    return text


def show_protocol(protocol: Protocol, attributes: dict[str, str] | None) -> Shown:
    return {
        "name": protocol.name,
        "version": protocol.version,
        "text": protocol.text,
        "rules": [rule["text"] for rule in protocol.rules if applies(rule, attributes)],
        "attestation": protocol.attestation,
    }


def applies(rule: dict[str, Any], attributes: dict[str, str] | None) -> bool:
    """Every named attribute matches; where the attributes are not known, a rule about them does not apply."""
    return all((attributes or {}).get(name) in wanted for name, wanted in rule.get("when", {}).items())


def show_opinion(claim: Claim, opinion: Judgement | Verdict | None) -> Shown | None:
    if opinion is None:
        return None
    return {
        "choice": side(claim, opinion.choice),
        "strength": opinion.strength,
        "confidence": opinion.confidence,
        "reason": opinion.reason,
        "evidence": opinion.evidence,
    }


def show_judgement(claim: Claim, judgement: Judgement | None) -> Shown | None:
    """With what was marked of the wanted qualities, and what it did without: for whose it is, later for a reviewer."""
    shown = show_opinion(claim, judgement)
    if shown is None or judgement is None:
        return None
    checks = [
        {"item": check["item"], "left": check[claim.left], "right": check[_other(claim.left)]}
        for check in judgement.checks
    ]
    return shown | {"checks": checks, "waived": judgement.waived, "lifted": judgement.lifted}


def show_run(claim: Claim, run: ToolRun) -> Shown:
    """A run of a tool: open to whose claim it is from the start, to a reviewer once verdicts differ, to nobody else.
    One made ahead of time is open to all who have the pair. `adopts`: the name of the ahead run that it is."""
    input = dict(run.input)
    if block := input.get("block"):
        input["block"] = {"side": side(claim, block["response"]), "number": block["number"]}
    if run.kind == ToolKind.LLM:
        input |= {"with": [side(claim, part) for part in input["with"]], "turned": input["left"] != claim.left}
        del input["left"]
    if answer := input.get("answer"):
        compared = {side(claim, name): input[name] for name in (*SIDES, "other") if name in input}
        found = {side(claim, name): how for name, how in input["found"].items()}
        input = {"answer": side(claim, answer), "found": found, **compared}
    return {
        "id": run.pk,
        "number": run.number,
        "name": f"{'E' if run.claim_id else 'P'}{run.number}",
        "adopts": f"P{run.adopts.number}" if run.adopts else "",
        "kind": run.kind,
        "input": input,
        "status": run.status or "waiting",
        "output": run.output,
        "version": run.version,
        "environment": run.environment,
        "milliseconds": run.milliseconds,
        "finished": run.finished,
        "sha256": run.sha256,
    }


BEFORE_A_MODEL = ("conversation", "left", "right")


def show_to_assistant(claim: Claim, part: str) -> list[Message]:
    """What an assistant may read of the pair: the conversation or a response, as the page shows them before the
    judgement, whatever the stage is now. Names that responses give themselves stay hidden; nothing else is sent."""
    if part not in BEFORE_A_MODEL:
        raise ValueError(part)
    messages: list[Message] = show_pair(claim, claim.pair, masked=True)[part]
    return messages


def revealing(claim: Claim, choice: str, help: list[Assistance]) -> tuple[Shown, bool]:
    """What a reveal after this judgement shows, and whether the assistance disagrees with it.

    It is written in one transaction with the judgement, and never shown before. Disagrees: a reward model, a judge or
    a verification favours a response, and it is not the one chosen; a pair called broken disagrees with nobody.
    """
    shown = {kind: REVEALERS[kind](claim, [row for row in help if row.kind == kind]) for kind in REVEALED_KINDS}
    favoured = {payload["favours"] for payload in shown.values() if payload and payload["favours"] in ("left", "right")}
    conflict = choice != "broken" and bool(favoured - {side(claim, choice)})
    pair = claim.pair
    return {
        **shown,
        "source_label": side(claim, pair.source_label) or None,
        "source": pair.source,
        "models": _models(claim, pair),
        "conflict": conflict,
    }, conflict


def _models(claim: Claim, pair: Pair) -> dict[str, str] | None:
    """Which models wrote the responses, where the source says (extra.model_a, extra.model_b)."""
    names = {response: pair.extra.get(f"model_{response}") for response in SIDES}
    if not any(names.values()):
        return None
    return {side(claim, response): str(name or "") for response, name in names.items()}


def _show_reward(claim: Claim, rows: list[Assistance]) -> Shown | None:
    """p is the model's probability that the left response is better: sigmoid of the margin (METHOD.md)."""
    row = best_of(rows).get("reward")
    if row is None or row.state != "done" or row.payload is None:
        return None
    a, b = float(row.payload["score_a"]), float(row.payload["score_b"])
    left, right = (a, b) if claim.left == "a" else (b, a)
    return {
        "left": round(left, 4),
        "right": round(right, 4),
        "margin": round(left - right, 4),
        "p_left": round(sigmoid(left - right), 4),
        "favours": "left" if left > right else "right" if right > left else "equal",
        "model": row.model or row.engine,
    }


def sigmoid(x: float) -> float:
    return 1 / (1 + exp(-x)) if x >= 0 else exp(x) / (1 + exp(x))


def _sides(claim: Claim) -> dict[str, str]:
    return {response: side(claim, response) for response in SIDES}


REVEALERS: dict[str, Callable[[Claim, list[Assistance]], Shown | None]] = {
    "reward": _show_reward,
    "judge": lambda claim, rows: judges.judged(rows, _sides(claim)),
    "preverify": lambda claim, rows: judges.preverified(rows, _sides(claim)),
}


def beside(help: list[Assistance]) -> list[int]:
    """Ids of the assistance that stands beside the pair from the start: what a judgement is made with."""
    best = best_of(row for row in help if row.kind in OPEN_KINDS)
    return sorted(row.pk for row in best.values() if _done(row))


def told(help: list[Assistance]) -> list[int]:
    """Ids of the assistance that `revealing` tells."""
    reward = best_of(row for row in help if row.kind == "reward").get("reward")
    judging = judges.newest(row for row in help if row.kind == "judge")
    checking = judges.newest(row for row in help if row.kind == "preverify")[-1:]
    return sorted(row.pk for row in (reward, *judging, *checking) if row is not None and _done(row))


def digest(payload: Shown) -> str:
    """SHA-256 of exactly what was shown, as canonical JSON."""
    text = json.dumps(payload, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
