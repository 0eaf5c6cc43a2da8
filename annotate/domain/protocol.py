"""The commits of the human protocol: judgement, reveal, verdict."""

from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.domain import audit, checks, citing, disclosure, leases, qualification, settling
from annotate.domain.attributes import qualities
from annotate.domain.checks import Marks
from annotate.domain.compiled import Step, write
from annotate.domain.errors import AlreadyDone, Invalid, OutOfOrder, one_of
from annotate.models import Assistance, AuditEvent, Claim, Judgement, Reveal, User, Verdict
from annotate.models.campaign import RevealPolicy
from annotate.models.protocol import SIDES

SHOWN_CHOICES = ("left", "right", "equal", "undecidable", "broken")
LONGEST_REASON = 20_000


@dataclass(frozen=True, slots=True)
class Said:
    """What a person sent, in shown terms: choice is left, right, equal, undecidable or broken. `checks` go with a
    judgement (domain/checks.py)."""

    choice: str
    confidence: int
    strength: int | None = None
    reason: str = ""
    evidence: list[int] = field(default_factory=list)
    attested: bool | None = None
    checks: Marks = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the judgement's request answers. `revealed` is None where the policy shows nothing."""

    next: str  # "verdict" or "done"
    revealed: dict[str, Any] | None
    surplus: bool = False


def judge(*, claim_id: int, user: User, said: Said, key: str = "") -> Answer:
    """Write the first choice, and reveal what the campaign's policy reveals in the same transaction.

    Sending the same judgement again is answered as the first time; another one is AlreadyDone. Late (the seat was
    given away): kept as surplus, and not counted. Invalid: a tool that the protocol asks for was not run, what is
    cited is no run of this claim, or what was marked is no quality that is wanted.
    """
    check(said, reason_needed=True)
    with transaction.atomic():
        claim = leases.own_claim(claim_id=claim_id, user_id=user.pk, lock=True)
        if earlier := getattr(claim, "judgement", None):
            return _judged_before(claim, earlier, said, key)
        if claim.ahead:
            leases.open_reserved(claim=claim)
        help = disclosure.help_for(claim.pair_id)
        said = replace(said, evidence=citing.check_evidence(claim=claim, evidence=said.evidence))
        attributes = disclosure.show_attributes(disclosure.best_of(help).get("attributes"))
        excused = citing.check_required(claim=claim, attributes=attributes)
        checks.check_wanted(said.checks, qualities(attributes, claim.corrected) if said.checks else [])
        judgement = Judgement(
            claim=claim,
            surplus=claim.abandoned is not None,
            key=key,
            without=disclosure.not_ready(help),
            waived=excused.waived,
            lifted=excused.lifted,
            checks=checks.canonical(claim, said.checks),
            shown=disclosure.beside(help),
            **_canonical(claim, said),
        )
        return _reveal(claim, judgement, help, user)


def check(said: Said, *, reason_needed: bool) -> None:
    """Refuse what is incomplete, naming every field that is."""
    wrong = {}
    if said.choice not in SHOWN_CHOICES:
        wrong["choice"] = one_of(SHOWN_CHOICES)
    if said.choice in ("left", "right") and said.strength not in (1, 2, 3):
        wrong["strength"] = _("1 slightly, 2 clearly, 3 much better")
    if said.confidence not in (1, 2, 3):
        wrong["confidence"] = _("1 little, 2 fairly, 3 very sure")
    if reason_needed and not said.reason.strip():
        wrong["reason"] = _("say why, in your own words")
    if len(said.reason) > LONGEST_REASON or "\x00" in said.reason:
        wrong["reason"] = _("at most %(n)d characters, and no NUL") % {"n": LONGEST_REASON}
    if fault := checks.fault(said.checks):
        wrong["checks"] = fault
    if said.attested is False:
        wrong["attested"] = _("relying on a language model alone is forbidden")
    if wrong:
        raise Invalid(_("Something is missing. Nothing was recorded; your text is still here."), fields=wrong)


def _canonical(claim: Claim, said: Said) -> dict[str, Any]:
    choice = disclosure.canonical(claim, said.choice)
    return {
        "choice": choice,
        "strength": said.strength if choice in SIDES else None,
        "confidence": said.confidence,
        "reason": said.reason.strip(),
        "evidence": said.evidence,
        "created": timezone.now(),
    }


def _judged_before(claim: Claim, earlier: Judgement, said: Said, key: str) -> Answer:
    if not _same(claim, earlier, said, key):
        raise AlreadyDone(
            _("You judged this pair before; a judgement does not change."),
            kept=_("Your first judgement stands. This text was not recorded."),
        )
    reveal = getattr(earlier, "reveal", None)
    stage = "done" if getattr(earlier, "verdict", None) else "verdict"
    return Answer(next=stage, revealed=reveal.payload if reveal else None, surplus=earlier.surplus)


def _same(claim: Claim, earlier: Judgement | Verdict, said: Said, key: str) -> bool:
    if key and earlier.key == key:
        return True
    sent = _canonical(claim, said)
    if isinstance(earlier, Judgement) and earlier.checks != checks.canonical(claim, said.checks):
        return False
    return all(getattr(earlier, name) == sent[name] for name in ("choice", "strength", "confidence", "reason"))


def _reveal(claim: Claim, judgement: Judgement, help: list[Assistance], user: User) -> Answer:
    """Write the judgement with what the claim's policy reveals after it. Where nothing is to be shown, the judgement
    becomes the verdict at once."""
    said = {name: getattr(judgement, name) for name in ("surplus", "choice", "waived", "lifted")}
    judged = _event("judgement.made", claim, user, **said)
    if claim.reveal_policy != RevealPolicy.NEVER:
        shown, conflict = disclosure.revealing(claim, judgement.choice, help)
        if conflict or claim.reveal_policy == RevealPolicy.ALWAYS:
            digest, told = disclosure.digest(shown), disclosure.told(help)
            reveal = Reveal(judgement=judgement, payload=shown, digest=digest, shown=told)
            write(Step(judgement), Step(reveal), Step(judged))
            return Answer(next="verdict", revealed=shown, surplus=judgement.surplus)
    write(Step(judgement), Step(judged))
    _conclude(claim, judgement, None, user)
    return Answer(next="done", revealed=None, surplus=judgement.surplus)


def _conclude(claim: Claim, judgement: Judgement, attested: bool | None, user: User) -> None:
    verdict = Verdict(
        judgement=judgement,
        pair_id=claim.pair_id,
        policy=claim.reveal_policy,
        changed=False,
        attested=attested,
        **{name: getattr(judgement, name) for name in COPIED},
    )
    _finish(claim, verdict, user)


COPIED = ("choice", "strength", "confidence", "reason", "evidence", "surplus", "key")


def decide(*, claim_id: int, user: User, said: Said, key: str = "") -> Verdict:
    """Write the final choice after the reveal. A changed choice needs a reason of its own.

    Finishes the claim, and settles the pair where this verdict settles it (or ends the qualification where it was the
    last one asked), all in one transaction.
    """
    check(said, reason_needed=False)
    with transaction.atomic():
        claim = leases.own_claim(claim_id=claim_id, user_id=user.pk, settling=True)
        judgement = getattr(claim, "judgement", None)
        if judgement is None:
            raise OutOfOrder(_("Judge the pair first; the verdict comes after."), kept=_("Nothing was recorded."))
        if said.checks:
            raise Invalid(
                _("What a response has of the wanted qualities is marked before the judgement. Nothing was recorded."),
                fields={"checks": _("not with a verdict")},
            )
        if earlier := getattr(judgement, "verdict", None):
            return _decided_before(claim, earlier, said, key)
        said = replace(said, evidence=citing.check_evidence(claim=claim, evidence=said.evidence))
        verdict = _verdict(claim, judgement, said, key)
        _finish(claim, verdict, user)
        return verdict


def _decided_before(claim: Claim, earlier: Verdict, said: Said, key: str) -> Verdict:
    if _same(claim, earlier, said, key):
        return earlier
    raise AlreadyDone(
        _("You gave your verdict on this pair before; it does not change."), kept=_("Your first verdict stands.")
    )


def _verdict(claim: Claim, judgement: Judgement, said: Said, key: str) -> Verdict:
    fields = _canonical(claim, said)
    changed = (fields["choice"], fields["strength"]) != (judgement.choice, judgement.strength)
    if changed and fields["reason"] in ("", judgement.reason):
        raise Invalid(
            _("You changed your mind: say why. Nothing was recorded; your text is still here."),
            fields={"reason": _("why it changed, beyond what you wrote before the reveal")},
        )
    return Verdict(
        judgement=judgement,
        pair_id=claim.pair_id,
        reveal=getattr(judgement, "reveal", None),
        policy=claim.reveal_policy,
        changed=changed,
        attested=said.attested,
        surplus=claim.abandoned is not None,
        key=key,
        **fields,
    )


def _finish(claim: Claim, verdict: Verdict, user: User) -> None:
    event = _event("verdict.made", claim, user, surplus=verdict.surplus, choice=verdict.choice, changed=verdict.changed)
    if verdict.surplus:
        write(Step(verdict), Step(event))
        return
    claim.finished = timezone.now()
    write(Step(verdict), Step(claim, ("finished",)), Step(event))
    if claim.round:
        qualification.conclude(claim=claim)
    else:
        settling.settle(claim=claim, event=event.pk)


def _event(verb: str, claim: Claim, user: User, **data: Any) -> AuditEvent:
    return audit.event(
        verb=verb,
        actor_id=user.pk,
        campaign_id=claim.campaign_id,
        pair_id=claim.pair_id,
        claim=claim.pk,
        **data,
    )
