"""A run of a tool: a row is a wish, then a lease, then a fact. Reasons cite it by its number."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from annotate.models.campaign import Campaign
from annotate.models.pair import Pair
from annotate.models.protocol import Claim


class ToolKind(models.TextChoices):
    CODE = "code"
    MATHS = "maths"
    SEARCH = "search"
    LLM = "llm"  # one turn of a chat with an assistant; no rule of a protocol is satisfied by it


class RunState(models.TextChoices):
    WANTED = "wanted"
    LEASED = "leased"
    DONE = "done"


class RunStatus(models.TextChoices):
    NONE = ""
    FINISHED = "finished"
    FAILED = "failed"  # it ran, and ended badly
    TIMEOUT = "timeout"
    OVERFLOW = "overflow"  # it wrote more than is kept
    REFUSED = "refused"  # it did not run at all
    STOPPED = "stopped"  # by who had asked; what had come until then is kept


class ToolRun(models.Model):
    """One run, asked for under a claim as its E`number`, or ahead of time for a pair as its P`number`. A done row
    never changes. One that `adopts` a run made ahead is that run, cited by who looked at it.

    `input` is exactly what is run, `output` what came of it; `sha256` is of both with kind, status, version and
    environment, as canonical JSON. What is run again has the same one.
    """

    claim = models.ForeignKey(Claim, models.PROTECT, null=True, related_name="runs", db_index=False)
    pair = models.ForeignKey(Pair, models.PROTECT, related_name="runs")
    kind = models.CharField(max_length=8, choices=ToolKind)
    number = models.PositiveSmallIntegerField(default=0, db_default=0)
    input = models.JSONField()
    state = models.CharField(max_length=6, choices=RunState, default=RunState.WANTED, db_default="wanted")
    status = models.CharField(max_length=8, choices=RunStatus, blank=True, default="", db_default="")
    output = models.JSONField(null=True, blank=True)
    version = models.CharField(max_length=200, blank=True, default="", db_default="")
    environment = models.CharField(max_length=400, blank=True, default="", db_default="")
    milliseconds = models.PositiveIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, default="", db_default="")
    asked = models.DateTimeField(db_default=Now())
    finished = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    due = models.DateTimeField(db_default=Now())
    lease = models.CharField(max_length=32, blank=True, default="", db_default="")
    adopts = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["claim", "number"], name="toolrun_number_once"),
            models.UniqueConstraint(
                fields=["pair", "number"], condition=Q(claim__isnull=True), name="toolrun_ahead_once"
            ),
            models.UniqueConstraint(
                fields=["claim", "adopts"], condition=Q(adopts__isnull=False), name="toolrun_adopted_once"
            ),
            models.CheckConstraint(
                condition=Q(claim__isnull=False) | Q(adopts__isnull=True), name="toolrun_ahead_adopts_nothing"
            ),
            models.CheckConstraint(condition=Q(kind__in=ToolKind.values), name="toolrun_kind"),
            models.CheckConstraint(condition=Q(state__in=RunState.values), name="toolrun_state"),
            models.CheckConstraint(condition=Q(status__in=RunStatus.values), name="toolrun_status"),
            models.CheckConstraint(
                condition=Q(state="done") & ~Q(status="") & Q(output__isnull=False) & Q(finished__isnull=False)
                | ~Q(state="done") & Q(status="", output__isnull=True, finished__isnull=True),
                name="toolrun_done_has_output",
            ),
        ]
        indexes = [  # what people wait for, and apart from it what runs when nobody waits
            models.Index(
                fields=["due", "id"], condition=~Q(state="done") & Q(claim__isnull=False), name="toolrun_asked"
            ),
            models.Index(
                fields=["due", "id"], condition=~Q(state="done") & Q(claim__isnull=True), name="toolrun_ahead"
            ),
        ]


class Answering(models.Model):
    """An assistant's answer while it comes: what it says so far, and whether its person wants no more of it.

    It goes when the run is recorded; nothing in it is a fact.
    """

    run = models.OneToOneField(ToolRun, models.CASCADE, primary_key=True, related_name="answering")
    text = models.TextField(blank=True, default="", db_default="")
    stop = models.BooleanField(default=False, db_default=False)


class Prepared(models.Model):
    """How far a campaign was looked through for what tools can run ahead of time: every pair up to `pair_id`, of those
    up to `imported` that came with attributes. Where a model writes them, they are looked at when it does."""

    campaign = models.OneToOneField(Campaign, models.CASCADE, primary_key=True, related_name="prepared")
    pair_id = models.BigIntegerField(default=0, db_default=0)
    imported = models.BigIntegerField(default=0, db_default=0)
