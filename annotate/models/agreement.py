"""Figures on agreement, and what they are counted from. Everything here can be made anew from the facts."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from annotate.models.campaign import Campaign
from annotate.models.pair import Pair


class Tally(models.Model):
    """Of one pair what people said, who else said something, and which slices it is in. Kept by a worker.

    Choices and signed strengths are sorted and joined by commas ("a,a,b"; "-1,3"), so pairs of which the same was said
    are equal text and the database can count them.
    """

    pair = models.OneToOneField(Pair, models.CASCADE, primary_key=True, related_name="tally")
    campaign = models.ForeignKey(Campaign, models.CASCADE)
    judged = models.CharField(max_length=400, blank=True, help_text="choices before the reveal")
    judged_strengths = models.CharField(max_length=200, blank=True)
    decided = models.CharField(max_length=400, blank=True, help_text="choices of the verdicts")
    decided_strengths = models.CharField(max_length=200, blank=True)
    settled = models.CharField(max_length=11, blank=True, help_text="the current gold label")
    reward = models.CharField(max_length=5, blank=True, help_text="which response the reward model scores higher")
    reward_model = models.CharField(max_length=300, blank=True)
    task_category = models.CharField(max_length=60, blank=True)
    objectivity = models.CharField(max_length=60, blank=True)
    controversiality = models.CharField(max_length=60, blank=True)
    length = models.CharField(max_length=12, help_text="how much longer the longer response is")
    writers = models.CharField(max_length=210, blank=True, help_text="who wrote the two responses, sorted")
    week = models.CharField(max_length=8, help_text="ISO week of the first judgement, as 2026-W48")


class Figure(models.Model):
    """One coefficient of one slice of a campaign, as it was computed last; no value where it is not defined."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="figures", db_index=False)
    fact = models.CharField(max_length=12, help_text="judgements, verdicts, or what people are compared with")
    dimension = models.CharField(max_length=20, blank=True, help_text="empty for the whole campaign")
    slice = models.CharField(max_length=300, blank=True)
    coefficient = models.CharField(max_length=24)
    value = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    items = models.PositiveIntegerField(help_text="pairs with two opinions at least")
    computed = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "fact", "dimension", "slice", "coefficient"], name="figure_once"
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=False) | Q(low__isnull=True, high__isnull=True), name="figure_has_value"
            ),
        ]


class TallyMark(models.Model):
    """How far a campaign's tallies have come: events up to `upto` are counted; `stale` slices wait to be computed."""

    campaign = models.OneToOneField(Campaign, models.CASCADE, primary_key=True, related_name="tally_mark")
    upto = models.BigIntegerField(default=0)
    stale = models.JSONField(default=list, help_text="[dimension, slice], of which the figures are older than tallies")
    busy = models.DateTimeField(null=True, help_text="a worker is at it until then")
    looked = models.DateTimeField(null=True)
    swept = models.DateTimeField(null=True, help_text="when assistance that came later was last looked for")
