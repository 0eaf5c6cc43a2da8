"""Releases over HTTP: ask for one, read its manifest, fetch its files whole or in parts."""

from typing import Any

from django.http import HttpResponseBase
from django.urls import reverse
from rest_framework.response import Response
from rest_framework.views import APIView

from annotate.domain import access, releases
from annotate.domain.errors import Invalid, Missing
from annotate.models import Release
from api import files, schemas
from api.wire import Asked

READ = ("releases:read",)


class Releases(APIView):
    scope = {"POST": ("releases:write",), "GET": READ}

    @schemas.releases
    def get(self, request: Asked, slug: str) -> Response:
        """The campaign's releases, newest first."""
        campaign, _ = access.require(user_id=request.user.pk, slug=slug, act="review")
        found = Release.objects.filter(campaign=campaign).select_related("campaign").order_by("-pk")
        return Response({"releases": [_shown(release) for release in found]})

    @schemas.ask
    def post(self, request: Asked, slug: str) -> Response:
        """Freeze the current gold under a version: its rows are fixed now, a worker builds the files."""
        campaign, _ = access.require(user_id=request.user.pk, slug=slug, act="manage")
        version = request.data.get("version")
        if not isinstance(version, str):
            raise Invalid("Name the version.", fields={"version": "a text such as 1.0"})
        release = releases.request(campaign=campaign, version=version, actor=request.user)
        shown = _shown(release)
        return Response(shown, status=201, headers={"Location": shown["url"]})


class OneRelease(APIView):
    scope = {"GET": READ}

    @schemas.one_release
    def get(self, request: Asked, release_id: int) -> Response:
        """State and manifest."""
        return Response(_shown(_readable(request, release_id)))


class ReleaseFile(APIView):
    scope = {"GET": READ}

    @schemas.release_file
    def get(self, request: Asked, release_id: int, name: str) -> HttpResponseBase:
        """One file of a frozen release: it never changes, so its SHA-256 is its ETag. Ranges are served."""
        path, sha256 = releases.file_of(release=_readable(request, release_id), name=name)
        return files.serve(request, path, sha256)


def _readable(request: Asked, release_id: int) -> Release:
    """The release, if this person may read releases of its campaign."""
    release = Release.objects.select_related("campaign").filter(pk=release_id).first()
    if release is None:
        raise Missing("There is no such release.")
    try:
        access.require(user_id=request.user.pk, slug=release.campaign.slug, act="review")
    except Missing:
        raise Missing("There is no such release.") from None
    return release


def _shown(release: Release) -> dict[str, Any]:
    manifest = release.manifest or {}
    names = [*manifest.get("files", {}), "manifest.json"] if manifest else []
    return {
        "id": release.pk,
        "campaign": release.campaign.slug,
        "version": release.version,
        "state": release.state,
        "requested": release.requested,
        "frozen": release.frozen,
        "error": release.error,
        "manifest": release.manifest,
        "url": reverse("api-release", args=[release.pk]),
        "files": {name: reverse("api-release-file", args=[release.pk, name]) for name in names},
    }
