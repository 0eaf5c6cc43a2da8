"""A release: the gold of a moment, frozen."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from annotate.models.campaign import Campaign
from annotate.models.gold import Gold


class ReleaseState(models.TextChoices):
    WANTED = "wanted"
    BUILDING = "building"
    FROZEN = "frozen"
    FAILED = "failed"


class Release(models.Model):
    """A version is asked for once; its rows are fixed at that moment, its files once it is frozen (trigger)."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="releases")
    version = models.CharField(max_length=40)
    state = models.CharField(max_length=8, choices=ReleaseState, default=ReleaseState.WANTED)
    manifest = models.JSONField(null=True, blank=True)
    error = models.TextField(blank=True, default="")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    requested = models.DateTimeField(db_default=Now())
    frozen = models.DateTimeField(null=True, blank=True)
    due = models.DateTimeField(db_default=Now())
    lease = models.CharField(max_length=32, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "version"], name="release_version_once"),
            models.CheckConstraint(condition=Q(state__in=ReleaseState.values), name="release_state"),
            models.CheckConstraint(
                condition=~Q(state="frozen") | (Q(manifest__isnull=False) & Q(frozen__isnull=False)),
                name="release_frozen_has_manifest",
            ),
        ]


class ReleaseRow(models.Model):
    """Which gold row is in which release. Append-only."""

    release = models.ForeignKey(Release, models.PROTECT, related_name="rows", db_index=False)
    gold = models.ForeignKey(Gold, models.PROTECT, related_name="releases")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["release", "gold"], name="release_row_once")]
