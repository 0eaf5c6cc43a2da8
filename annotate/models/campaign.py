"""A campaign, who works in it in which role, and the protocol they follow."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class RevealPolicy(models.TextChoices):
    ALWAYS = "always", _("always, after the judgement")
    ON_CONFLICT = "on_conflict", _("only where the assistance disagrees with the judgement")
    NEVER = "never", _("never: the judgement is the verdict")


class Purpose(models.TextChoices):
    """What the pairs of a campaign are for. Practice and qualification serve a working campaign, as its sets."""

    WORK = "work", _("work")
    PRACTICE = "practice", _("practice")
    QUALIFICATION = "qualification", _("qualification")


class Role(models.TextChoices):
    ANNOTATOR = "annotator", _("annotator")
    REVIEWER = "reviewer", _("reviewer")
    MANAGER = "manager", _("manager")


class Protocol(models.Model):
    """A version of a campaign's protocol: a text, rules, and what a verdict attests ("": our own words).

    A draft until it is in force; frozen by trigger once somebody worked under it. `campaign` is whose it is, null for
    the one that every campaign starts with. `edits` counts the changes of a draft.

    `rules` is a list of {"when": {"task_category": [..], "objectivity": [..], "controversiality": [..]},
    "text": str, "requires": [kind of evidence, ..]}; a rule applies where every named attribute matches.
    """

    name = models.CharField(max_length=100)
    version = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    rules = models.JSONField(default=list)
    attestation = models.TextField(blank=True, default="", db_default="")
    campaign = models.ForeignKey("Campaign", models.PROTECT, null=True, blank=True, related_name="protocols")
    created = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    edits = models.PositiveIntegerField(default=0, db_default=0)
    edited = models.DateTimeField(null=True, blank=True)
    edited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="protocol_version_once")]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class Campaign(models.Model):
    """People, pairs and rules. `qualify_pairs` above 0: nobody gets a pair to judge before they have qualified.

    A set (practice, qualification) is a campaign that `serves` another: its pairs have known answers and stand in no
    queue, everybody gets each of them, and what is said of them never becomes gold (trigger).
    """

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    overlap = models.PositiveSmallIntegerField(default=2, validators=[MinValueValidator(1), MaxValueValidator(9)])
    reveal = models.CharField(max_length=12, choices=RevealPolicy, default=RevealPolicy.ALWAYS)
    protocol = models.ForeignKey(Protocol, models.PROTECT, related_name="in_force")
    lease_minutes = models.PositiveSmallIntegerField(
        default=30, validators=[MinValueValidator(1), MaxValueValidator(480)]
    )
    created = models.DateTimeField(db_default=Now())
    purpose = models.CharField(max_length=13, choices=Purpose, default=Purpose.WORK, db_default="work")
    serves = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="sets")
    qualify_pairs = models.PositiveSmallIntegerField(default=0, db_default=0)
    qualify_percent = models.PositiveSmallIntegerField(default=80, db_default=80)
    qualify_attempts = models.PositiveSmallIntegerField(default=3, db_default=3)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(purpose__in=Purpose.values), name="campaign_purpose"),
            models.CheckConstraint(
                condition=Q(purpose="work", serves__isnull=True) | ~Q(purpose="work") & Q(serves__isnull=False),
                name="campaign_set_serves",
            ),
            models.UniqueConstraint(fields=["serves", "purpose"], name="campaign_one_set_a_purpose"),
            models.CheckConstraint(
                condition=Q(qualify_pairs__range=(0, 100))
                & Q(qualify_percent__range=(1, 100))
                & Q(qualify_attempts__range=(1, 20)),
                name="campaign_qualification",
            ),
            models.CheckConstraint(condition=Q(overlap__range=(1, 9)), name="campaign_overlap"),
            models.CheckConstraint(condition=Q(reveal__in=RevealPolicy.values), name="campaign_reveal"),
            models.CheckConstraint(condition=Q(lease_minutes__range=(1, 480)), name="campaign_lease"),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """Somebody's one role in a campaign. `qualified` says since when they may judge where that has to be earned."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role)
    created = models.DateTimeField(db_default=Now())
    qualified = models.DateTimeField(null=True, blank=True, help_text="passed the qualification, or was exempted")
    more_attempts = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="beyond the campaign's")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "user"], name="membership_one_role"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role"),
        ]


class QueueCursor(models.Model):
    """How far a person has come in a lane: every open pair before (turn, pair) is theirs already.

    It only saves scanning: claims stay right without it, so it is written now and then (domain/queue.py).
    """

    campaign = models.ForeignKey(Campaign, models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    lane = models.PositiveSmallIntegerField()
    turn = models.BigIntegerField()
    pair_id = models.BigIntegerField()
    swept = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "user", "lane"], name="cursor_per_lane")]
