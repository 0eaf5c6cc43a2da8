"""Model assistance: a row is a wish, then a lease, then a fact."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from annotate.models.campaign import Campaign
from annotate.models.pair import Pair


class AssistanceState(models.TextChoices):
    WANTED = "wanted"
    LEASED = "leased"
    DONE = "done"
    PARKED = "parked"  # failed too often; kept with its error until somebody asks again


TO_DO = (AssistanceState.WANTED, AssistanceState.LEASED)


IMPORTED = "imported"  # engine of what a row brought along
DEFAULT = "default"  # engine of what the operator's settings answer, where they name one model alone


class Assistance(models.Model):
    """One kind of help for one pair, from one engine. Unique (pair, kind, engine); a done row never changes.

    `engine` is the name of the settings' line that answers; computed anew, `name.2` stands beside it, then `name.3`.
    `payload` is the engine's answer (docs/engines.md), `blob` a vector as little-endian float32, `settings` how the
    model was run; tokens as `workers.engines.Counts` has them.
    """

    pair = models.ForeignKey(Pair, models.CASCADE, related_name="assistance", db_index=False)
    campaign = models.ForeignKey(Campaign, models.CASCADE, db_index=False, db_constraint=False)  # as QueueEntry
    kind = models.CharField(max_length=16)
    engine = models.CharField(max_length=40, default=DEFAULT, db_default=DEFAULT)
    state = models.CharField(max_length=6, choices=AssistanceState, default=AssistanceState.WANTED)
    payload = models.JSONField(null=True, blank=True)
    blob = models.BinaryField(null=True, blank=True)
    model = models.CharField(max_length=300, blank=True, default="", db_default="")
    revision = models.CharField(max_length=100, blank=True, default="", db_default="")
    prompt_version = models.CharField(max_length=40, blank=True, default="", db_default="")
    settings = models.JSONField(null=True, blank=True)
    tokens_read = models.PositiveIntegerField(null=True, blank=True)
    tokens_written = models.PositiveIntegerField(null=True, blank=True)
    tokens_padded = models.PositiveIntegerField(null=True, blank=True)
    milliseconds = models.PositiveIntegerField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    error = models.TextField(blank=True, default="", db_default="")
    due = models.DateTimeField(db_default=Now())
    lease = models.CharField(max_length=32, blank=True, default="", db_default="")
    finished = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pair", "kind", "engine"], name="assistance_once"),
            models.CheckConstraint(condition=Q(state__in=AssistanceState.values), name="assistance_state"),
            models.CheckConstraint(
                condition=~Q(state="done") | (Q(payload__isnull=False) & Q(finished__isnull=False)),
                name="assistance_done_has_payload",
            ),
        ]
        indexes = [
            # `due` is when a wanted row may be tried and when a leased one falls back.
            models.Index(
                fields=["kind", "due", "id"],
                condition=Q(state__in=["wanted", "leased"]),
                name="assistance_to_do",
            ),
            models.Index(fields=["campaign", "kind", "state"], name="assistance_progress"),
            # What went wrong with rows that are not done, the newest last.
            models.Index(
                fields=["campaign", "kind", "engine", "state", "due"],
                condition=Q(error__gt=""),
                name="assistance_errors",
            ),
        ]


class Spend(models.Model):
    """What one engine of a kind took on one day (UTC), of every campaign: what a daily budget is held against."""

    day = models.DateField()
    kind = models.CharField(max_length=16)
    engine = models.CharField(max_length=40)
    rows = models.PositiveBigIntegerField(default=0, db_default=0)
    tokens_read = models.PositiveBigIntegerField(default=0, db_default=0)
    tokens_written = models.PositiveBigIntegerField(default=0, db_default=0)
    money = models.DecimalField(max_digits=14, decimal_places=6, default=0, db_default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "kind", "engine"], name="spend_once_a_day")]


class AssistanceCount(models.Model):
    """How many rows of assistance are in a state, and what they took: sums over all lines of the same key.

    The database keeps them (models/counts.py). `rows` may be negative in a line: what went to another state.
    `arrived` are those that came in that minute, the last `at`, one of them `sample`. `first` and `clear` are judges'.
    """

    campaign = models.ForeignKey(Campaign, models.CASCADE, db_index=False, db_constraint=False)
    kind = models.CharField(max_length=16)
    engine = models.CharField(max_length=40)
    state = models.CharField(max_length=6)
    model = models.CharField(max_length=300)
    revision = models.CharField(max_length=100)
    prompt_version = models.CharField(max_length=40)
    minute = models.DateTimeField(help_text="that this line is of; FOLDED once that is long ago")
    at = models.DateTimeField(null=True)
    sample = models.BigIntegerField(null=True)
    rows = models.BigIntegerField()
    arrived = models.BigIntegerField()
    tokens_read = models.BigIntegerField()
    tokens_written = models.BigIntegerField()
    tokens_padded = models.BigIntegerField()
    milliseconds = models.BigIntegerField()
    first = models.BigIntegerField()
    clear = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["campaign", "kind", "engine", "state", "minute"], name="assistance_counted"),
        ]


class ModelCard(models.Model):
    """What a model's own files say of it (workers/engines/about.py), kept by the worker that loaded it."""

    model = models.CharField(max_length=300)
    revision = models.CharField(max_length=100)
    about = models.JSONField()
    kept = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model", "revision"], name="model_card_once")]
