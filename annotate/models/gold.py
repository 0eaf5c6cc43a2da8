"""Where people disagree, who settled it; and the settled label of a pair."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models.campaign import Campaign, Protocol
from annotate.models.pair import Pair
from annotate.models.protocol import SIDES, Choice


class Cause(models.TextChoices):
    SLIP = "slip", _("somebody overlooked something")
    GUIDELINE = "guideline", _("the guideline does not say")
    KNOWLEDGE = "knowledge", _("it needs knowledge not everybody has")
    TASTE = "taste", _("a matter of taste")
    SOURCE = "source", _("the pair itself is faulty")
    OTHER = "other", _("something else")


class Adjudication(models.Model):
    """A reviewer's settled choice. Only where verdicts differ, by somebody who judged none of them (trigger)."""

    pair = models.ForeignKey(Pair, models.PROTECT, related_name="adjudications")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="adjudications")
    choice = models.CharField(max_length=11, choices=Choice)
    strength = models.PositiveSmallIntegerField(null=True, blank=True)
    cause = models.CharField(max_length=12, choices=Cause)
    reason = models.TextField()
    created = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(choice__in=Choice.values), name="adjudication_choice"),
            models.CheckConstraint(condition=Q(cause__in=Cause.values), name="adjudication_cause"),
            models.CheckConstraint(condition=~Q(reason=""), name="adjudication_reason"),
            models.CheckConstraint(
                condition=(Q(choice__in=SIDES) & Q(strength__isnull=False) & Q(strength__range=(1, 3)))
                | (~Q(choice__in=SIDES) & Q(strength__isnull=True)),
                name="adjudication_strength",
            ),
        ]


class Origin(models.TextChoices):
    CONSENSUS = "consensus", _("consensus")
    ADJUDICATION = "adjudication", _("adjudication")


class Gold(models.Model):
    """The settled label of a pair, with what it supersedes. Append-only, so the current one is the end of a chain:
    one root a pair, each row superseded at most once, only by a row of the same pair (trigger).

    A label of a or b is gold; `equal`, `undecidable` and `broken` are kept in the same chain as strata.
    `record` is what an export tells of it besides the texts and its own id, as JSON text (domain/record.py).
    """

    pair = models.ForeignKey(Pair, models.PROTECT, related_name="gold")
    campaign = models.ForeignKey(Campaign, models.PROTECT, db_index=False)
    label = models.CharField(max_length=11, choices=Choice)
    strength = models.FloatField(null=True, blank=True, help_text="mean strength of those who chose the label, 1 to 3")
    votes = models.JSONField(help_text="final choices counted, canonical: {choice: n}")
    origin = models.CharField(max_length=12, choices=Origin)
    adjudication = models.OneToOneField(Adjudication, models.PROTECT, null=True, related_name="gold")
    protocol = models.ForeignKey(Protocol, models.PROTECT, db_index=False)
    supersedes = models.OneToOneField("self", models.PROTECT, null=True, related_name="superseded_by")
    created = models.DateTimeField(db_default=Now())
    record = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pair"], condition=Q(supersedes__isnull=True), name="gold_one_root_a_pair"),
            models.CheckConstraint(condition=Q(label__in=Choice.values), name="gold_label"),
            models.CheckConstraint(
                condition=Q(origin="consensus", adjudication__isnull=True)
                | Q(origin="adjudication", adjudication__isnull=False),
                name="gold_origin",
            ),
            models.CheckConstraint(condition=Q(record__startswith="{"), name="gold_record"),
        ]
        indexes = [
            # Everything that counts gold reads this alone: rows are long by their records.
            models.Index(fields=["campaign", "id", "label", "origin", "created"], name="gold_stream"),
        ]
