"""A campaign over HTTP: pairs in, gold out, figures."""

from collections.abc import Iterable

from django.http import StreamingHttpResponse
from rest_framework.response import Response
from rest_framework.views import APIView

from annotate.domain import access, export, queries
from annotate.domain.errors import Invalid
from annotate.domain.imports import ImportReport, import_rows
from annotate.domain.tokens import SCOPES
from api import schemas, wire
from api.wire import Asked
from curation.bytestreams import SourceError
from curation.sources import chunk_rows

ENCODINGS = {"": None, "identity": None, "gzip": "gzip", "x-gzip": "gzip", "zstd": "zstd"}


class Pairs(APIView):
    scope = {"POST": ("pairs:write",)}

    @schemas.pairs
    def post(self, request: Asked, slug: str) -> Response:
        """Import NDJSON as it arrives. Good rows land whatever the bad ones do; again is a no-op."""
        campaign, _ = access.require(user_id=request.user.pk, slug=slug, act="manage")
        given = request.META.get("HTTP_CONTENT_ENCODING", "").strip().lower()
        if given not in ENCODINGS:
            raise Invalid(f"Content-Encoding {given[:40]} is not known here; send gzip, zstd or none.")
        rows = chunk_rows(wire.body_pieces(request), format="jsonl", encoding=ENCODINGS[given])
        try:
            report = import_rows(campaign=campaign, rows=rows, actor=request.user)
        except SourceError as error:
            raise Invalid(f"Nothing can be read: {error}") from None
        return Response(_told(report))


def _told(report: ImportReport) -> dict[str, object]:
    return {
        "new": report.new,
        "duplicate": report.duplicate,
        "rejected": report.rejected,
        "contradictions": report.contradictions,
        "errors": [{"line": found.row, "reason": found.reason} for found in report.errors],
    }


class GoldStream(APIView):
    scope = {"GET": ("gold:read",)}

    @schemas.gold
    def get(self, request: Asked, slug: str) -> StreamingHttpResponse:
        """The current gold as NDJSON, from the cursor `after` on. `strata=1`: the labels that are no side instead."""
        campaign, _ = access.require(user_id=request.user.pk, slug=slug, act="review")
        lines: Iterable[bytes] = export.stream(
            campaign=campaign, after=wire.whole(request, "after"), strata=wire.yes(request, "strata")
        )
        return StreamingHttpResponse(lines, content_type="application/x-ndjson")


class Stats(APIView):
    scope = {"GET": SCOPES}

    @schemas.stats
    def get(self, request: Asked, slug: str) -> Response:
        """Progress, agreement with its figures as a worker left them, throughput; any token of a member may ask."""
        campaign, _ = access.require(user_id=request.user.pk, slug=slug)
        return Response(queries.stats(campaign=campaign))
