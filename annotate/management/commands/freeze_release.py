"""Freeze a campaign's current gold under a version, and build its files here and now."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotate.domain import releases
from annotate.domain.errors import DomainError
from annotate.models import Campaign, Release
from annotate.models.release import ReleaseState


class Command(BaseCommand):
    help = "Freeze the campaign's current gold. A version that waits or failed is built; a frozen one is refused."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", metavar="CAMPAIGN")
        parser.add_argument("version", metavar="VERSION")

    def handle(self, *args: Any, **options: Any) -> None:
        campaign = Campaign.objects.filter(slug=options["campaign"]).first()
        if campaign is None:
            raise CommandError(f"There is no campaign {options['campaign']!r}.")
        try:
            release = self._built(_wanted(campaign, options["version"]))
        except DomainError as error:
            raise CommandError(" ".join([error.message, *error.fields.values()])) from None
        manifest = release.manifest or {}
        for name, counted in manifest["counts"].items():
            self.stdout.write(f"{name}: " + ", ".join(f"{key} {n}" for key, n in counted.items()))
        for name, file in manifest["files"].items():
            self.stdout.write(f"{name}: {file['rows']} rows, {file['bytes']} bytes, sha256 {file['sha256']}")
        self.stdout.write(f"{campaign.slug} {release.version}: {manifest['rows']} rows are frozen")
        self.stdout.write(str(releases.folder(release) / "manifest.json"))

    def _built(self, release: Release) -> Release:
        """Build it, or wait for the worker that was quicker."""
        while release.state in releases.TO_BUILD:
            if leased := releases.lease_wanted(only=release):
                return releases.build(release=leased)
            time.sleep(0.5)
            release.refresh_from_db()
        if release.state == ReleaseState.FAILED:
            raise CommandError(f"Release {release.version} failed: {release.error}")
        return release


def _wanted(campaign: Campaign, version: str) -> Release:
    """The release to build: a new one, or the one of this version that is not frozen yet."""
    release = Release.objects.select_related("campaign").filter(campaign=campaign, version=version).first()
    if release is None:
        return releases.request(campaign=campaign, version=version, actor=None)
    if release.state == ReleaseState.FROZEN:
        raise CommandError(f"Release {version} is frozen already: {releases.folder(release) / 'manifest.json'}")
    if release.state == ReleaseState.FAILED:
        releases.ask_again(release=release, actor=None)
        release.refresh_from_db()
    return release
