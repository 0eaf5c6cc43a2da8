"""What reward models and judges reached on public benchmarks."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Answered(models.TextChoices):
    """How the answers came about."""

    SCORES = "scores", _("scores from a file")
    VERDICTS = "verdicts", _("a judge's verdicts")
    MODEL = "model", _("scored here")


class BenchmarkResult(models.Model):
    """One model's figures on one benchmark's data, in percent. Append-only; the same answers are recorded once.

    `data` and `answers` are SHA-256 of the files: of the benchmark's, and of the scores or verdicts.
    """

    benchmark = models.CharField(max_length=20)
    model = models.CharField(max_length=200)
    revision = models.CharField(max_length=200, blank=True, default="", db_default="")
    answered = models.CharField(max_length=8, choices=Answered)
    data = models.CharField(max_length=64)
    answers = models.CharField(max_length=64)
    n = models.PositiveIntegerField()
    overall = models.FloatField(help_text="the official total")
    macro = models.FloatField(help_text="the plain mean of the categories")
    complete = models.BooleanField(help_text="whether every published category has data")
    report = models.JSONField(help_text="all figures with their names, and remarks")
    recorded = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["benchmark", "model", "data", "answers"], name="benchmark_result_once"),
            models.CheckConstraint(condition=Q(answered__in=Answered.values), name="benchmark_result_answered"),
            models.CheckConstraint(condition=Q(n__gt=0) & ~Q(model=""), name="benchmark_result_of_something"),
            # RewardBench 2's Ties goes from -1 to 101.
            models.CheckConstraint(
                condition=Q(overall__range=(-1, 101), macro__range=(-1, 101)), name="benchmark_result_percent"
            ),
        ]
