"""The protocol over HTTP: claim, judgement, verdict, abandon, renew. Each view is one domain call."""

from typing import Any

from rest_framework.response import Response
from rest_framework.views import APIView

from annotate import nudge
from annotate.domain import access, assistant, corrections, disclosure, leases, protocol, tools
from api import schemas, wire
from api.wire import Asked

ANNOTATE = ("annotate",)


class Claims(APIView):
    scope = {"POST": ANNOTATE}

    @schemas.claims
    def post(self, request: Asked, slug: str) -> Response:
        """201: a new claim; 200: the one this person still holds; 204: nothing to do now."""
        key = wire.idempotency_key(request)
        campaign, _ = access.require(user_id=request.user.pk, slug=slug, act="annotate")
        claim, new = leases.claim_next(campaign=campaign, user=request.user, key=key)
        if claim is None:
            return Response(status=204)
        if new:
            return Response(disclosure.show_claim(leases.just_made(claim)), status=201)
        return Response(_shown(claim.pk, request))


class OneClaim(APIView):
    scope = {"GET": ANNOTATE}

    @schemas.one_claim
    def get(self, request: Asked, claim_id: int) -> Response:
        """A claim of one's own, as far as it may be seen at its stage."""
        return Response(_shown(claim_id, request))


def _shown(claim_id: int, request: Asked) -> dict[str, Any]:
    return disclosure.show_claim(leases.own_claim(claim_id=claim_id, user_id=request.user.pk))


class Judgement(APIView):
    scope = {"POST": ANNOTATE}

    @schemas.judgement
    def post(self, request: Asked, claim_id: int) -> Response:
        """The first choice. The answer says what is next, and carries what the campaign's policy reveals."""
        answer = protocol.judge(
            claim_id=claim_id, user=request.user, said=wire.said(request.data), key=wire.idempotency_key(request)
        )
        surplus = {"surplus": True} if answer.surplus else {}
        return Response({"next": answer.next, "revealed": answer.revealed or {}, **surplus})


class Verdict(APIView):
    scope = {"POST": ANNOTATE}

    @schemas.verdict
    def post(self, request: Asked, claim_id: int) -> Response:
        """The final choice; a changed one needs a reason of its own."""
        verdict = protocol.decide(
            claim_id=claim_id, user=request.user, said=wire.said(request.data), key=wire.idempotency_key(request)
        )
        surplus = {"surplus": True} if verdict.surplus else {}
        return Response({"next": "done", "changed": verdict.changed, **surplus})


class Abandon(APIView):
    scope = {"POST": ANNOTATE}

    @schemas.abandon
    def post(self, request: Asked, claim_id: int) -> Response:
        """Skip the pair, with a cause: its seat is free for somebody else."""
        cause = request.data.get("cause")
        claim = leases.own_claim(claim_id=claim_id, user_id=request.user.pk)
        leases.abandon(claim=claim, cause=cause if isinstance(cause, str) else "", actor=request.user)
        return Response({"stage": "abandoned"})


class Renew(APIView):
    scope = {"POST": ANNOTATE}

    @schemas.renew
    def post(self, request: Asked, claim_id: int) -> Response:
        """Hold the pair longer. 410: the seat was given away meanwhile."""
        claim = leases.own_claim(claim_id=claim_id, user_id=request.user.pk)
        return Response({"expires": leases.renew(claim=claim)})


class Corrections(APIView):
    scope = {"GET": ANNOTATE, "POST": ANNOTATE}

    @schemas.corrections
    def get(self, request: Asked, claim_id: int) -> Response:
        """The attributes as they were given, one's own corrections of them, and the rules that apply by these."""
        return Response(corrections.show(leases.own_claim(claim_id=claim_id, user_id=request.user.pk)))

    @schemas.correct
    def post(self, request: Asked, claim_id: int) -> Response:
        """Correct attributes; what is left out stays. Each is kept beside what it was, for good."""
        corrections.correct(claim_id=claim_id, user=request.user, values=wire.corrections(request.data))
        return self.get(request, claim_id)


class Tools(APIView):
    scope = {"GET": ANNOTATE, "POST": ANNOTATE}

    @schemas.runs
    def get(self, request: Asked, claim_id: int) -> Response:
        """One's own runs of tools under this claim; those made ahead of time for its pair; what could be run or asked,
        where one can search."""
        claim = leases.own_claim(claim_id=claim_id, user_id=request.user.pk)
        places = tools.places(campaign_id=claim.campaign_id)
        runs, ahead = tools.seen(claim)
        shown = {"runs": runs, "ahead": ahead, "blocks": tools.runnable_blocks(claim), "search": places}
        return Response(shown | {"assistant": assistant.is_there()})

    @schemas.ask_tool
    def post(self, request: Asked, claim_id: int) -> Response:
        """Ask for a run. A worker does it: read the claim's runs until its status is no longer `waiting`."""
        kind, given = wire.tool(request.data)
        run = tools.ask(claim_id=claim_id, user=request.user, kind=kind, input=given)
        nudge.for_run(kind)
        return Response(tools.shown_to_its_owner(run), status=201)
