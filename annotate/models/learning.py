"""Pairs whose right answer is known, and what people showed on them before they were given pairs to judge."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models.campaign import Campaign
from annotate.models.gold import Gold
from annotate.models.pair import Pair
from annotate.models.protocol import Choice


class AnswerPurpose(models.TextChoices):
    PRACTICE = "practice", _("practice")
    QUALIFICATION = "qualification", _("qualification")
    CHECK = "check", _("hidden check")


class AnswerOrigin(models.TextChoices):
    SOURCE = "source", _("came with the data")
    GOLD = "gold", _("from gold")
    MANAGER = "manager", _("by a manager")


class KnownAnswer(models.Model):
    """The right answer of a pair and why, for one purpose. Only its retirement is ever added to it (trigger).

    A check stands in the working campaign, practice and qualification in the sets that serve it (trigger).
    """

    pair = models.ForeignKey(Pair, models.PROTECT, related_name="known_answers", db_index=False)
    purpose = models.CharField(max_length=13, choices=AnswerPurpose)
    choice = models.CharField(max_length=11, choices=Choice, help_text="canonical: the response, never the side")
    explanation = models.TextField()
    origin = models.CharField(max_length=7, choices=AnswerOrigin)
    gold = models.ForeignKey(Gold, models.PROTECT, null=True, related_name="+")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    created = models.DateTimeField(db_default=Now())
    retired = models.DateTimeField(null=True, blank=True)
    retired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pair", "purpose"], condition=Q(retired__isnull=True), name="known_answer_one_live"
            ),
            models.CheckConstraint(condition=Q(purpose__in=AnswerPurpose.values), name="known_answer_purpose"),
            models.CheckConstraint(condition=Q(choice__in=Choice.values), name="known_answer_choice"),
            models.CheckConstraint(condition=~Q(explanation=""), name="known_answer_why"),
            models.CheckConstraint(
                condition=Q(origin="gold", gold__isnull=False) | Q(origin__in=["source", "manager"], gold__isnull=True),
                name="known_answer_origin",
            ),
        ]


class Attempt(models.Model):
    """Somebody's try at the qualification of a campaign. Written when it begins, completed once (trigger).

    `drawn` are the known answers that are asked, in their order; `percent` is the pass mark of that moment. Of what
    was drawn, `asked` counts what is not retired when it ends, and `right` what was answered as known.
    """

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="attempts", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    drawn = models.JSONField()
    percent = models.PositiveSmallIntegerField()
    started = models.DateTimeField(db_default=Now())
    finished = models.DateTimeField(null=True, blank=True)
    asked = models.PositiveSmallIntegerField(null=True, blank=True)
    right = models.PositiveSmallIntegerField(null=True, blank=True)
    passed = models.BooleanField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "user", "number"], name="attempt_number_once"),
            models.UniqueConstraint(
                fields=["campaign", "user"], condition=Q(finished__isnull=True), name="attempt_one_under_way"
            ),
            models.CheckConstraint(condition=Q(number__gte=1) & Q(percent__range=(1, 100)), name="attempt_number"),
            models.CheckConstraint(
                condition=Q(finished__isnull=True, asked__isnull=True, right__isnull=True, passed__isnull=True)
                | Q(finished__isnull=False, asked__isnull=False, right__lte=F("asked"), passed__isnull=False),
                name="attempt_finished_has_score",
            ),
            # Passed is what the figures say: right * 100 >= percent * asked, and something was asked.
            models.CheckConstraint(
                condition=Q(passed__isnull=True)
                | Q(passed=True, asked__gt=0, right__gte=(F("percent") * F("asked") + 99) / 100)
                | Q(passed=False) & (Q(asked=0) | Q(right__lt=(F("percent") * F("asked") + 99) / 100)),
                name="attempt_passed_by_score",
            ),
        ]
