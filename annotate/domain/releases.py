"""Releases: a manager asks, the rows are fixed at once, a worker builds the files, and then nothing changes.

wanted -> building (leased) -> frozen, or failed, which can be asked for again. The row is the queue.
"""

import re
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.domain import audit
from annotate.domain.errors import Conflict, Invalid, Missing
from annotate.models import Campaign, Release, User
from annotate.models.release import ReleaseState

VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
LEASE = timedelta(minutes=10)  # extended with every page of rows
TO_BUILD = (ReleaseState.WANTED, ReleaseState.BUILDING)

FIX_ROWS = """
INSERT INTO annotate_releaserow (release_id, gold_id)
SELECT %s, g.id FROM annotate_gold g
WHERE g.campaign_id = %s AND NOT EXISTS (SELECT 1 FROM annotate_gold s WHERE s.supersedes_id = g.id)
ORDER BY g.id
"""


def request(*, campaign: Campaign, version: str, actor: User | None) -> Release:
    """Fix the campaign's current gold, strata included, under a version. Conflict: the version exists, or no gold."""
    if not VERSION.fullmatch(version):
        rule = _("1 to 40 letters, digits, dots, dashes and underscores; a letter or digit first")
        raise Invalid(_("This cannot be a version."), fields={"version": rule})
    try:
        with transaction.atomic():
            now = timezone.now()
            release = Release.objects.create(
                campaign=campaign, version=version, requested_by=actor, requested=now, due=now
            )
            rows = _fix_rows(release)
            _record("release.requested", release, actor, rows=rows)
            return release
    except IntegrityError:
        if not Release.objects.filter(campaign=campaign, version=version).exists():
            raise
        raise Conflict(
            _("There is a release “%(version)s” already; a version is frozen once.") % {"version": version}
        ) from None


def _fix_rows(release: Release) -> int:
    with connection.cursor() as cursor:
        cursor.execute(FIX_ROWS, [release.pk, release.campaign_id])
        rows: int = cursor.rowcount
    if not rows:
        raise Conflict(_("There is no gold to freeze yet."), kept=_("The version is still free."))
    return rows


@transaction.atomic
def ask_again(*, release: Release, actor: User | None) -> None:
    """Want a failed release again; its rows stay those of the first time."""
    failed = Release.objects.filter(pk=release.pk, state=ReleaseState.FAILED)
    if not failed.update(state=ReleaseState.WANTED, due=timezone.now(), error="", lease=""):
        raise Conflict(_("Only a release that failed is asked for again."))
    _record("release.asked_again", release, actor)


def lease_wanted(*, only: Release | None = None) -> Release | None:
    """Take the oldest release that waits for its files, or whose builder let the lease run out. None: nothing to do."""
    now = timezone.now()
    due = Release.objects.filter(state__in=TO_BUILD, due__lte=now)
    if only is not None:
        due = due.filter(pk=only.pk)
    for seen in due.order_by("due", "pk").values("pk", "due", "lease"):
        mine = secrets.token_hex(16)
        if Release.objects.filter(state__in=TO_BUILD, **seen).update(
            state=ReleaseState.BUILDING, lease=mine, due=now + LEASE
        ):
            return Release.objects.select_related("campaign").get(pk=seen["pk"])
    return None


def build(*, release: Release) -> Release:
    """Build a leased release's files and freeze it. What goes wrong is recorded with the release, then raised.

    Killed at any point: the lease runs out and building starts anew, or adopts the finished folder.
    """
    from annotate.domain import freezing  # reads and writes with pyarrow, which the web has no need to load

    try:
        manifest = freezing.make(release=release, keep_lease=lambda: _extend(release))
        _freeze(release, manifest)
    except Exception as error:
        _fail(release, error)
        raise
    except BaseException:  # told to stop: nothing is wrong with the release
        _held(release).update(state=ReleaseState.WANTED, due=timezone.now(), lease="")
        raise
    release.refresh_from_db()
    return release


def _held(release: Release) -> Any:
    return Release.objects.filter(pk=release.pk, state=ReleaseState.BUILDING, lease=release.lease)


def _extend(release: Release) -> None:
    if not _held(release).update(due=timezone.now() + LEASE):
        raise Conflict(_("Somebody else builds release %(version)s now.") % {"version": release.version})


@transaction.atomic
def _freeze(release: Release, manifest: dict[str, Any]) -> None:
    frozen = {"state": ReleaseState.FROZEN, "manifest": manifest, "frozen": timezone.now(), "error": "", "lease": ""}
    if not _held(release).update(**frozen):
        raise Conflict(_("Somebody else builds release %(version)s now.") % {"version": release.version})
    _record("release.frozen", release, None, files={name: file["sha256"] for name, file in manifest["files"].items()})


@transaction.atomic
def _fail(release: Release, error: Exception) -> None:
    text = f"{type(error).__name__}: {error}".replace("\x00", "")[:4000]
    if _held(release).update(state=ReleaseState.FAILED, error=text, lease=""):
        _record("release.failed", release, None, error=text[:400])


def _record(verb: str, release: Release, actor: User | None, **data: Any) -> None:
    audit.record(
        verb=verb,
        actor_id=actor.pk if actor else None,
        campaign_id=release.campaign_id,
        release=release.pk,
        version=release.version,
        **data,
    )


def folder(release: Release) -> Path:
    """Where the files of a frozen release lie; never outside of the releases' own folder."""
    home = Path(settings.ASSAY_HOME) / "releases"
    path = home / release.campaign.slug / release.version
    if path.resolve().parent.parent != home.resolve():
        raise Invalid(_("“%(slug)s” cannot be the name of a folder.") % {"slug": release.campaign.slug})
    return path


def file_of(*, release: Release, name: str) -> tuple[Path, str]:
    """Path and SHA-256 of one file of a frozen release. Missing: no such file, or it is not frozen yet."""
    if release.state != ReleaseState.FROZEN or release.manifest is None:
        raise Missing(_("Release %(version)s has no files yet.") % {"version": release.version})
    files = release.manifest["files"]
    if name == "manifest.json":
        return folder(release) / name, release.manifest["sha256"]
    if name not in files:
        raise Missing(
            _("There is no such file; there are %(names)s.") % {"names": ", ".join([*files, "manifest.json"])}
        )
    return folder(release) / name, files[name]["sha256"]
