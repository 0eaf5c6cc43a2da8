"""Versions of a campaign's protocol over HTTP: list, write the next one, put one in force. Managers alone."""

from typing import Any

from rest_framework.response import Response
from rest_framework.views import APIView

from annotate.domain import access, versions
from annotate.domain.errors import Invalid
from annotate.domain.tokens import SCOPES
from annotate.domain.versions import Content
from annotate.models import Campaign, Protocol
from api import schemas, wire
from api.wire import Asked

WRITE = ("pairs:write",)  # the scope of what is put before annotators: pairs, and the rules they are judged by
ABOUT = (
    "id",
    "name",
    "version",
    "created",
    "by",
    "edited",
    "edited_by",
    "edits",
    "claims",
    "held",
    "in_force",
    "draft",
)


class Protocols(APIView):
    scope = {"GET": SCOPES, "POST": WRITE}

    @schemas.protocols
    def get(self, request: Asked, slug: str) -> Response:
        """Every version, the newest first, with what it says and how much was done under it."""
        campaign, _ = access.require(user_id=request.user.pk, slug=slug, act="manage")
        return Response({"protocols": _all(campaign)})

    @schemas.write_protocol
    def post(self, request: Asked, slug: str) -> Response:
        """201: the next version, a draft. 200: the newest one says exactly this already. 409: somebody was faster."""
        campaign, _ = access.require(user_id=request.user.pk, slug=slug, act="manage")
        content, after = _content(request.data)
        row, new = versions.make(campaign=campaign, actor=request.user, content=content, seen=after)
        return Response(_one(campaign, row.pk), status=201 if new else 200)


class ForceProtocol(APIView):
    scope = {"POST": WRITE}

    @schemas.force_protocol
    def post(self, request: Asked, slug: str, protocol_id: int) -> Response:
        """What is claimed from now on is claimed under this version; claims keep theirs."""
        campaign, _ = access.require(user_id=request.user.pk, slug=slug, act="manage")
        instead = request.data.get("instead_of")
        if not wire.is_whole(instead):
            raise Invalid("This cannot be read.", fields={"instead_of": "the id of the version in force"})
        versions.put_in_force(campaign=campaign, actor=request.user, protocol_id=protocol_id, instead_of=instead)
        return Response(_one(campaign, protocol_id))


def _content(body: dict[str, Any]) -> tuple[Content, int | None]:
    text, attestation, after = body.get("text"), body.get("attestation", ""), body.get("after")
    wrong = {}
    if not isinstance(text, str):
        wrong["text"] = "a text"
    if not isinstance(attestation, str):
        wrong["attestation"] = "a text"
    if not wire.is_whole(after):
        wrong["after"] = "the id of the newest version you read"
    if wrong or not isinstance(text, str):
        raise Invalid("This is no version of a protocol.", fields=wrong)
    return Content(text=text, rules=body.get("rules", []), attestation=attestation), after


def _all(campaign: Campaign) -> list[dict[str, Any]]:
    said = {row.pk: row for row in versions.of(campaign)}
    return [_shown(about, said[about["id"]]) for about in versions.listed(campaign=campaign)]


def _one(campaign: Campaign, protocol_id: int) -> dict[str, Any]:
    return next(row for row in _all(campaign) if row["id"] == protocol_id)


def _shown(about: dict[str, Any], row: Protocol) -> dict[str, Any]:
    content = {"text": row.text, "rules": row.rules, "attestation": row.attestation}
    return {name: about[name] for name in ABOUT} | content
