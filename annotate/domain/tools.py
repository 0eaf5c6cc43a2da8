"""Runs of the workbench's tools: asked for by an annotator, done by a worker, cited as evidence.

The rows are the queue, as with assistance. A run belongs to its claim: nobody else sees it before adjudication.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.domain import adopting, assistant, audit, blocks, disclosure, documents, leases
from annotate.domain.errors import Gone, Invalid, one_of
from annotate.models import Claim, Pair, ToolRun, User
from annotate.models.protocol import SIDES
from annotate.models.tools import RunState, ToolKind
from curation import answers

Shown = dict[str, Any]
MOST_RUNS = 99  # of one claim
MOST_WAITING = 5
LONGEST_CODE = 100_000
LONGEST_EXPRESSION = 2_000
LONGEST_QUERY = 400
PLACES = ("documents", "web")  # where one can search
CODE_LANGUAGES = tuple(dict.fromkeys(blocks.LANGUAGES.values()))


def ask(*, claim_id: int, user: User, kind: str, input: Shown) -> ToolRun:
    """Want one run under one's own claim; it gets the claim's next number.

    `input` of code: {"language", "code", "block": "left-2"}, where the block's code comes first and one's own after
    it, and either may be missing. `input` of maths: {"expression", "other"}, where `other` is what to compare with; or
    {"answer": "both"}, the final answers of both responses; or {"answer": "left", "other"}, one with a reference.
    `input` of search: {"query", "where"}, where `where` is "documents" or "web"; "": the documents if there are any.
    `input` of llm: {"question", "with", "fresh"}, see domain.assistant.
    """
    with transaction.atomic():
        claim = _in_hand(claim_id, user)
        wanted = _input(claim, kind, input)
        earlier = list(ToolRun.objects.filter(claim=claim).values_list("state", flat=True))
        if len(earlier) >= MOST_RUNS:
            raise Invalid(_("At most %(n)d runs a pair.") % {"n": MOST_RUNS}, fields={"kind": _("there are enough")})
        if len(earlier) - earlier.count(RunState.DONE) >= MOST_WAITING:
            raise Invalid(
                _("Wait for the runs you asked for."), fields={"kind": _("%(n)d are waiting") % {"n": MOST_WAITING}}
            )
        run = ToolRun(claim=claim, pair_id=claim.pair_id, kind=kind, number=len(earlier) + 1, input=wanted)
        run.asked = run.due = timezone.now()
        run.save(force_insert=True)
        if kind == ToolKind.LLM:
            assistant.asked(run=run, claim=claim)
        audit.record(
            verb="tool.asked",
            actor_id=user.pk,
            campaign_id=claim.campaign_id,
            pair_id=claim.pair_id,
            claim=claim.pk,
            run=run.pk,
            kind=kind,
        )
        return run


def _in_hand(claim_id: int, user: User) -> Claim:
    claim = leases.own_claim(claim_id=claim_id, user_id=user.pk, lock=True)
    if disclosure.stage_of(claim) not in ("judgement", "verdict") or claim.abandoned:
        raise Gone(_("This pair is no longer in your hands."), kept=_("The runs you made are kept."))
    return claim


def use(*, claim_id: int, user: User, number: int) -> ToolRun:
    """Take over the ahead run P`number` of the pair in hand: from now on it counts as this person's own."""
    with transaction.atomic():
        claim = _in_hand(claim_id, user)
        run = adopting.ahead_of(claim).filter(number=number).first()
        if run is None:
            raise Invalid(_("This cannot be used as evidence."), fields={"use": _("there is no such run")})
        return ToolRun.objects.get(pk=adopting.adopt(claim=claim, runs=[run])[run.pk])


def _input(claim: Claim, kind: str, given: Shown) -> Shown:
    """What is run, exactly, in canonical terms; Invalid where there is nothing to run."""
    if kind not in ToolKind.values:
        raise Invalid(_("There is no such tool."), fields={"kind": one_of(ToolKind.values)})
    wrong = {name: _("a text") for name, value in given.items() if not isinstance(value, str)}
    wrong |= {
        name: _("text that UTF-8 can say, without NUL") for name in set(given) - set(wrong) if not _text(given[name])
    }
    if wrong:
        raise Invalid(_("This cannot be run."), fields=wrong)
    return INPUTS[kind](claim, given)


def _text(value: str) -> bool:
    try:
        return "\x00" not in value and value.encode() is not None
    except UnicodeEncodeError:
        return False


def _code_input(claim: Claim, given: Shown) -> Shown:
    own, language = given.get("code", "").replace("\r\n", "\n"), given.get("language", "")
    block, origin = _block(claim, given["block"]) if given.get("block") else (None, None)
    if block is not None:
        language = block.language
    code = "\n".join(part for part in (block.code if block else "", own) if part.strip())
    wrong = {}
    if language not in CODE_LANGUAGES:
        wrong["language"] = one_of(CODE_LANGUAGES)
    if not code:
        wrong["code"] = _("there is nothing to run")
    if len(code) > LONGEST_CODE:
        wrong["code"] = _("at most %(n)d characters") % {"n": LONGEST_CODE}
    if wrong:
        raise Invalid(_("This cannot be run."), fields=wrong)
    return {"language": language, "code": code, "block": origin, "own": own if own.strip() else ""}


def _block(claim: Claim, name: str) -> tuple[blocks.Block, Shown]:
    """The block that the page calls "left-2", and where it is: {"response": "a", "number": 2}."""
    side, _dash, number = name.partition("-")
    responses = {"a": claim.pair.response_a, "b": claim.pair.response_b}
    response = disclosure.canonical(claim, side)
    for block in blocks.runnable(responses.get(response, [])):
        if str(block.number) == number:
            return block, {"response": response, "number": block.number}
    raise Invalid(_("There is no such block."), fields={"block": _("left or right, and its number, as in left-2")})


def _maths_input(claim: Claim, given: Shown) -> Shown:
    if given.get("answer"):
        return _answers_input(claim, given)
    sent = {name: given.get(name, "").strip() for name in ("expression", "other")}
    if not sent["expression"]:
        raise Invalid(_("This cannot be checked."), fields={"expression": _("write an expression or an equation")})
    if long := {name for name, text in sent.items() if len(text) > LONGEST_EXPRESSION}:
        raise Invalid(
            _("This cannot be checked."),
            fields=dict.fromkeys(long, _("at most %(n)d characters") % {"n": LONGEST_EXPRESSION}),
        )
    return sent


def _answers_input(claim: Claim, given: Shown) -> Shown:
    """The final answers to compare, in canonical terms, and how each was found."""
    which, other = disclosure.canonical(claim, given["answer"]), given.get("other", "").strip()
    wrong = {}
    if which not in (*SIDES, "both"):
        wrong["answer"] = one_of(("both", "left", "right"))
    if which in SIDES and not 0 < len(other) <= answers.LONGEST:
        wrong["other"] = _("write what to compare with, in at most %(n)d characters") % {"n": answers.LONGEST}
    if wrong:
        raise Invalid(_("This cannot be compared."), fields=wrong)
    compared = final_answers(claim.pair)
    if lost := [side for side in SIDES if which in (side, "both") and side not in compared]:
        told = {"left": _("the left response states no answer"), "right": _("the right response states no answer")}
        raise Invalid(
            _("There is no final answer to compare."), fields={"answer": told[disclosure.side(claim, lost[0])]}
        )
    chosen = {side: compared[side] for side in SIDES if which in (side, "both")}
    return answers_input(which, chosen) | ({"other": other} if which != "both" else {})


def final_answers(pair: Pair) -> dict[str, answers.Answer]:
    """What each response comes to, of those that say so."""
    found = {"a": answers.of_messages(pair.response_a), "b": answers.of_messages(pair.response_b)}
    return {side: answer for side, answer in found.items() if answer}


def answers_input(which: str, chosen: dict[str, answers.Answer]) -> Shown:
    """{"answer": "both", "a": "6", "b": "8", "found": {"a": "boxed", "b": "said"}}."""
    found = {side: answer.how for side, answer in chosen.items()}
    return {"answer": which, "found": found} | {side: answer.text for side, answer in chosen.items()}


def _search_input(claim: Claim, given: Shown) -> Shown:
    query, where = " ".join(given.get("query", "").split()), given.get("where", "")
    wrong = {}
    if not query:
        wrong["query"] = _("write what to look for")
    if len(query) > LONGEST_QUERY:
        wrong["query"] = _("at most %(n)d characters") % {"n": LONGEST_QUERY}
    if where not in ("", *PLACES):
        wrong["where"] = one_of(PLACES)
    if wrong:
        raise Invalid(_("This cannot be searched for."), fields=wrong)
    return {"query": query, "where": where or next(iter(places(campaign_id=claim.campaign_id)), "web")}


INPUTS: dict[str, Callable[[Claim, Shown], Shown]] = {
    ToolKind.CODE: _code_input,
    ToolKind.MATHS: _maths_input,
    ToolKind.SEARCH: _search_input,
    ToolKind.LLM: assistant.question,
}


def places(*, campaign_id: int) -> tuple[str, ...]:
    """Where people of the campaign can search; nowhere without documents and without an endpoint. One statement."""
    there = {"documents": documents.are_there(campaign_id=campaign_id), "web": bool(settings.SEARCH_URL)}
    return tuple(place for place in PLACES if there[place])


def runs_of(claim: Claim) -> list[Shown]:
    """The claim's own runs as its holder sees them, in the order of their numbers."""
    return seen(claim)[0]


def seen(claim: Claim) -> tuple[list[Shown], list[Shown]]:
    """The claim's own runs, and those made ahead of its pair that it has not taken over. One statement."""
    mine, ahead = Q(claim=claim), Q(claim__isnull=True, pair_id=claim.pair_id)
    rows = list(adopting.listed().filter(mine | ahead))
    taken = {run.adopts_id for run in rows}
    own = [disclosure.show_run(claim, run) for run in rows if run.claim_id]
    return own, [disclosure.show_run(claim, run) for run in rows if not run.claim_id and run.pk not in taken]


def shown_to_its_owner(run: ToolRun) -> Shown:
    """A run that was just asked for."""
    if run.claim is None:
        raise ValueError("a run made ahead of time has no owner")
    return disclosure.show_run(run.claim, run)


def runnable_blocks(claim: Claim) -> list[Shown]:
    """The blocks of both responses that can be run, as the page names them."""
    responses = {"a": claim.pair.response_a, "b": claim.pair.response_b}
    return [
        {
            "name": f"{side}-{block.number}",
            "side": side,
            "number": block.number,
            "language": block.language,
            "begins": block.code.strip().splitlines()[0][:60],
        }
        for side in ("left", "right")
        for block in blocks.runnable(responses[disclosure.canonical(claim, side)])
    ]
