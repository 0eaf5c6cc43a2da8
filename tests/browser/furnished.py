"""A server in use: every page has something to show, in every state that looks different. Runs inside a Stack."""

import json
from datetime import timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone

from annotate.domain import (
    assistant,
    corrections,
    invitations,
    leases,
    practice,
    protocol,
    qualification,
    releases,
    running,
    tokens,
    tools,
    versions,
)
from annotate.domain.campaigns import create_campaign, join
from annotate.domain.protocol import Said
from annotate.domain.versions import Content
from annotate.models import Campaign, Claim, Pair, Release, ToolRun, User
from tests.bait import VERIFIED, judged
from tests.benchmarks import make_result, make_results
from tests.browser.texts import CODE, LINE, PAIRS, SUM, WIDE, WORD
from tests.browser.watched import watched
from tests.cast import ATTRIBUTES, REWARD, Cast, make_assistance, make_cast, make_document, make_pair
from tests.figures import make_figures
from tests.gold import decide, make_gold
from tests.learning import make_known, sit

SAID = Said(choice="left", strength=2, confidence=2, reason="It answers what was asked.")
QUESTION = {"question": f"What is {WORD} in {LINE}?", "with": "conversation left right"}
ANSWER = f"# What I think\n\n{CODE}\n\n{WIDE}\n\n{SUM}\n\n{LINE} {WORD} <script>alert(1)</script>"
DIFFERENCES = [
    {"what": "number", "a": "128", "b": "64"},
    {"what": "missing", "a": WORD, "b": ""},
    {"what": "wording", "a": "two stages", "b": "three stages"},
]


def furnish() -> None:
    """Set it all up and print the ids and sessions that a tour needs, as JSON."""
    cast = make_cast(slug="full", name=f"Everything {WORD[:60]}")
    ids: dict[str, Any] = {"work": {}, "verdict": {}}
    for name in PAIRS:
        campaign = _campaign(cast, f"read-{name}")
        _pair(campaign, name)
        ids["work"][name] = _held(campaign, cast.ana).pk
        ids["verdict"][name] = _judged(campaign, cast.ben).pk
    _corrected(Claim.objects.get(pk=ids["work"]["long"]))
    _runs(Claim.objects.get(pk=ids["work"]["wide"]))
    _chat(Claim.objects.get(pk=ids["work"]["wide"]), Claim.objects.get(pk=ids["work"]["maths"]))
    ids |= watched(cast) | _settled(cast) | _ended(cast) | _doors(cast) | _learning() | _versions(cast)
    make_figures(cast.campaign, [cast.ana.pk, cast.ben.pk])
    ids["document"] = make_document(cast.campaign, WORD, f"Leap years.\n\n{WORD * 9}").pk
    ids["sessions"] = {user.username: session(user) for user in User.objects.all()}
    print(json.dumps(ids))


def _campaign(cast: Cast, slug: str) -> Campaign:
    campaign = create_campaign(slug=slug, name=slug)
    for user, role in (
        (cast.ana, "annotator"),
        (cast.ben, "annotator"),
        (cast.rita, "reviewer"),
        (cast.mira, "manager"),
    ):
        join(campaign=campaign, user=user, role=role)
    return campaign


def _pair(campaign: Campaign, name: str) -> Pair:
    conversation, left, right = PAIRS[name]
    extra = {"model_a": "model-one", "model_b": WORD}
    pair = make_pair(
        campaign, conversation=conversation, response_a=left, response_b=right, extra=extra, source="sheet"
    )
    make_assistance(pair, "attributes", ATTRIBUTES | {"annotation_guideline": f"**Numbers** decide, `{WORD}`."})
    make_assistance(pair, "reward", REWARD, model="rm-1", revision="r1")
    make_assistance(pair, "differences", {"differences": DIFFERENCES})
    make_assistance(pair, "judge", judged("a"), model=WORD)
    make_assistance(pair, "preverify", VERIFIED, model="checker-1")
    return pair


def _held(campaign: Campaign, user: User) -> Claim:
    claim, _new = leases.claim_next(campaign=campaign, user=user)
    assert claim is not None
    return claim


def _judged(campaign: Campaign, user: User) -> Claim:
    claim = _held(campaign, user)
    protocol.judge(claim_id=claim.pk, user=user, said=SAID)
    return claim


CORRECTED = {
    "objectivity": "subjective",
    "controversiality": "high",
    "desired_attributes": f"- A **right** number\n- Says how it came to it, {WORD}\n- Short\n- Kind",
    "annotation_guideline": f"The sum decides, `{WORD}`.",
}


def _corrected(claim: Claim, **values: str) -> None:
    corrections.correct(claim_id=claim.pk, user=claim.annotator, values=values or CORRECTED)


def _runs(claim: Claim) -> None:
    """Evidence that ended in each way there is, and one run that waits."""
    outputs = [
        ("finished", {"stdout": WORD, "stderr": "", "note": ""}),
        ("failed", {"stdout": "", "stderr": "Traceback (most recent call last)", "note": "It ended with status 1."}),
        ("timeout", {"stdout": "", "stderr": "", "note": "It was stopped after 10 s."}),
    ]
    for status, output in outputs:
        tools.ask(claim_id=claim.pk, user=claim.annotator, kind="code", input={"language": "python", "code": "x = 1"})
        work = running.lease()
        assert work is not None
        running.record(work=work, status=status, output=output, milliseconds=12)
    tools.ask(claim_id=claim.pk, user=claim.annotator, kind="maths", input={"expression": "1/3 + 1/6", "other": "1/2"})
    _ahead(claim)


def _ahead(claim: Claim) -> None:
    """What ran ahead of time: an answer too long for a line, and a block that still waits."""
    answers = {"answer": "both", "a": WORD, "b": r"\frac{1}{2}", "found": {"a": "boxed", "b": "said"}}
    block = {"language": "shell", "code": "ls", "block": {"response": "b", "number": 12}, "own": ""}
    ToolRun.objects.filter(claim=claim, state="wanted").update(due=timezone.now() + timedelta(days=9))
    ToolRun.objects.create(pair=claim.pair, kind="maths", number=1, input=answers)
    work = running.lease()
    assert work is not None
    running.record(work=work, status="finished", output={"check": "answers", "holds": None, "note": WORD})
    ToolRun.objects.create(pair=claim.pair, kind="code", number=2, input=block)


def _chat(told: Claim, coming: Claim) -> None:
    """A long ugly answer, a failed one, and one that still comes."""
    for status, output in (
        ("finished", {"answer": ANSWER, "model": WORD[:120], "tokens": {"prompt": 900, "completion": 412}, "note": ""}),
        ("failed", {"answer": "", "model": "", "tokens": {}, "note": "The assistant is busy (status 429)."}),
    ):
        tools.ask(claim_id=told.pk, user=told.annotator, kind="llm", input=QUESTION)
        work = running.lease(chat=True)
        assert work is not None
        running.record(work=work, status=status, output=output, version="v", environment=WORD, milliseconds=8120)
    tools.ask(claim_id=coming.pk, user=coming.annotator, kind="llm", input=QUESTION)
    work = running.lease(chat=True)
    assert work is not None
    assistant.progress(run_id=work.run_id, lease=work.lease, text=f"{LINE}\n\nIt depends: {WORD}")


def _settled(cast: Cast) -> dict[str, Any]:
    """Gold, a dispute, a pair that waits for a third person, releases in every state, parked assistance."""
    settled = make_gold(cast, 1)
    make_assistance(
        make_pair(cast.campaign, 2), "reward", None, state="parked", error="CUDA out of memory " * 9, attempts=4
    )
    two = create_campaign(slug="two", name="Two people")
    for user, role in (
        (cast.ana, "annotator"),
        (cast.ben, "annotator"),
        (cast.rita, "reviewer"),
        (cast.mira, "manager"),
    ):
        join(campaign=two, user=user, role=role)
    conversation, left, right = PAIRS["wide"]
    disputed = make_pair(two, 1, conversation=conversation, response_a=left, response_b=right)
    make_assistance(disputed, "reward", REWARD, model="rm-1", revision="r1")
    make_assistance(disputed, "attributes", ATTRIBUTES | {"desired_attributes": f"Right; {WORD}; kind"})
    _corrected(_held(two, cast.ana), desired_attributes=f"Right; short; {WORD}", annotation_guideline="The sum.")
    marks = [{"item": "Right", "left": True, "right": False}, {"item": WORD, "left": False}]
    decide(Cast(**{**vars(cast), "campaign": two}), cast.ana, "a", checks=marks)
    decide(Cast(**{**vars(cast), "campaign": two}), cast.ben, "b", checks=[{"item": "kind", "right": True}])
    third = create_campaign(slug="third", name="Three people")
    for user, role in (
        (cast.ana, "annotator"),
        (cast.ben, "annotator"),
        (cast.chen, "annotator"),
        (cast.rita, "reviewer"),
    ):
        join(campaign=third, user=user, role=role)
    make_pair(third, 1)
    decide(Cast(**{**vars(cast), "campaign": third}), cast.ana, "a")
    decide(Cast(**{**vars(cast), "campaign": third}), cast.ben, "b")
    return {"disputed": disputed.pk, "settled": settled.pk, **_releases(cast)}


def _releases(cast: Cast) -> dict[str, Any]:
    made = {}
    for version in ("1.0", "1.1", "1.2"):
        made[version] = releases.request(campaign=cast.campaign, version=version, actor=cast.mira)
    leased = releases.lease_wanted(only=made["1.0"])
    assert leased is not None
    releases.build(release=leased)
    Release.objects.filter(pk=made["1.1"].pk).update(state="failed", error=f"No space left on {WORD}")
    return {"releases": {version: release.pk for version, release in made.items()}}


def _ended(cast: Cast) -> dict[str, Any]:
    """Claims that are over: decided, given back, run out."""
    ended = {}
    for name in ("decided", "expired"):
        campaign = _campaign(cast, f"over-{name}")
        _pair(campaign, "code")
        claim = _held(campaign, cast.ana)
        if name == "decided":
            protocol.judge(claim_id=claim.pk, user=cast.ana, said=SAID)
            protocol.decide(claim_id=claim.pk, user=cast.ana, said=SAID)
        else:
            Claim.objects.filter(pk=claim.pk).update(expires=timezone.now() - timedelta(minutes=1))
            leases.reap(campaign=campaign)
        ended[name] = claim.pk
    empty = create_campaign(slug="empty", name="Empty")
    join(campaign=empty, user=cast.mira, role="manager")
    join(campaign=empty, user=cast.rita, role="reviewer")
    join(campaign=empty, user=cast.chen, role="annotator")
    return {"over": ended}


def _versions(cast: Cast) -> dict[str, Any]:
    """A campaign whose protocol was written anew, put in force and used, and a draft that changes much of it."""
    campaign = _campaign(cast, "ruled")
    pair = _pair(campaign, "wide")
    first = campaign.protocol
    text = f"{first.text}\n## Names\n\nWhoever reads {WORD} looks it up.\n\n- One.\n- Two, `{WORD}`.\n"
    long = {"when": {"objectivity": ["subjective"]}, "text": f"Ask {WORD[:90]} first. " * 4, "requires": []}
    made = {"mira": (text, [*first.rules, long]), "again": (text.replace("One.", "Two."), [long, *first.rules[1:]])}
    made["again"][1][1] = {**first.rules[1], "requires": ["code", "search"], "text": "Whether code is right is run."}
    for said, rules in made.values():
        content = Content(text=said, rules=rules, attestation=f"I swear by {WORD}.")
        last, _new = versions.make(campaign=campaign, actor=cast.mira, content=content)
        if said is text:
            used = versions.put_in_force(campaign=campaign, actor=cast.mira, protocol_id=last.pk)
            _held(campaign, cast.ana)
    return {"versions": {"first": first.pk, "used": used.pk, "draft": last.pk}, "ruled_pair": pair.pk}


def _doors(cast: Cast) -> dict[str, Any]:
    """Invitations, tokens, and a link that resets a password."""
    from allauth.account.forms import default_token_generator
    from allauth.account.utils import user_pk_to_url_str

    links = [
        invitations.invite(campaign=cast.campaign, actor=cast.mira, role="annotator", note=note)
        for note in (WORD, "Dora")
    ]
    tokens.issue(user=cast.mira, name=WORD[:90], scopes=["pairs:write", "gold:read"], days=30)
    reset = f"{user_pk_to_url_str(cast.chen)}-{default_token_generator.make_token(cast.chen)}"
    make_results("our-reward-model", 61.5, by="mira")
    make_result(WORD, "rewardbench", 42.0)
    make_result("half", "rmb", 50.0, missing=["BoN_set/Helpfulness"], notes=["No data for BoN_set/Helpfulness."])
    return {"invitation": links[0], "reset": reset}


def _learning() -> dict[str, Any]:
    """A campaign that asks for a qualification: ana has failed once, chen has passed, ben has had a practice pair."""
    cast = make_cast(slug="learn", name=f"Learn {WORD[:40]}")
    for number in range(2):
        make_known(cast, "practice", number)
        make_known(cast, "qualification", number)
    answer = make_known(cast, "qualification", 2)
    make_gold(cast, 9)
    qualification.set_rules(
        campaign=cast.campaign, actor=cast.mira, pairs=2, percent=100, attempts=2, keep_present=False
    )
    sit(cast, cast.ana, True, False)
    sit(cast, cast.chen, True, True)
    claim, _new = practice.claim_next(campaign=cast.campaign, user=cast.ben)
    protocol.judge(claim_id=claim.pk, user=cast.ben, said=SAID)
    protocol.decide(claim_id=claim.pk, user=cast.ben, said=SAID)
    return {"answer": answer.pk, "practised": claim.pk}


def session(user: User) -> str:
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    return str(store.session_key)
