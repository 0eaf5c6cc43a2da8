"""A preference pair (immutable) and its place in the queue (what changes)."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from annotate.models.campaign import Campaign
from annotate.models.texts import JSONText


class SourceLabel(models.TextChoices):
    NONE = ""
    A = "a"
    B = "b"
    EQUAL = "equal"


class Pair(models.Model):
    """What people compare. Append-only by trigger.

    conversation, response_a and response_b are lists of {"role", "content"}; a and b stand in the order of their
    content hashes, so that the stored order carries nobody's opinion. `digest` is the SHA-256 of the conversation
    and the two responses, whichever order.
    """

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="pairs", db_index=False)
    digest = models.BinaryField(max_length=32)
    conversation = JSONText()
    response_a = JSONText()
    response_b = JSONText()
    source_label = models.CharField(max_length=5, choices=SourceLabel, blank=True, db_default="", default="")
    source = models.CharField(max_length=200, blank=True, db_default="", default="")
    source_id = models.CharField(max_length=200, blank=True, db_default="", default="")
    group = models.CharField(max_length=64, blank=True, db_default="", default="")
    extra = models.JSONField(default=dict, db_default={})
    created = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "digest"], name="pair_once_a_campaign"),
            models.CheckConstraint(condition=Q(source_label__in=SourceLabel.values), name="pair_source_label"),
        ]


class Lane(models.IntegerChoices):
    """Served in this order. A pair that comes back is served first; then objective and uncontroversial ones."""

    RETURNED = 0
    FIRST = 1
    NEXT = 2


class QueueState(models.TextChoices):
    OPEN = "open"
    DISPUTED = "disputed"
    SETTLED = "settled"


class QueueEntry(models.Model):
    """Where a pair stands. `free` has one bit a free seat; `turn` is the id of the audit event that queued it."""

    pair = models.OneToOneField(Pair, models.CASCADE, primary_key=True, related_name="queue")
    # The pair's campaign, repeated for the index; the pair's own key guards that it exists (a fifth of an import).
    campaign = models.ForeignKey(Campaign, models.CASCADE, db_index=False, db_constraint=False)
    state = models.CharField(max_length=8, choices=QueueState, default=QueueState.OPEN)
    seats = models.PositiveSmallIntegerField()
    free = models.PositiveIntegerField()
    lane = models.PositiveSmallIntegerField(choices=Lane, default=Lane.NEXT)
    turn = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=QueueState.values), name="queue_state"),
            models.CheckConstraint(condition=Q(lane__in=Lane.values), name="queue_lane"),
            models.CheckConstraint(condition=Q(state="open") | Q(free=0), name="queue_closed_has_no_seat"),
        ]
        indexes = [
            models.Index(F("campaign"), F("lane"), F("turn"), F("pair"), condition=Q(free__gt=0), name="queue_open"),
            models.Index(fields=["campaign", "state"], name="queue_by_state"),
        ]
