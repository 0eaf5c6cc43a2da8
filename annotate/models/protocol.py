"""The human protocol as a chain of facts: claim, judgement, reveal, verdict. Each needs the one before it."""

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models.campaign import Campaign, Protocol, RevealPolicy
from annotate.models.pair import Pair


class Choice(models.TextChoices):
    """A choice in canonical terms: the response, never the side it was shown on."""

    A = "a"
    B = "b"
    EQUAL = "equal", _("equal")
    UNDECIDABLE = "undecidable", _("cannot tell")
    BROKEN = "broken", _("broken pair")


SIDES = ("a", "b")
UNOPENED = Q(ahead=True, abandoned__isnull=False)  # reserved, given back before anybody read it: as if never held


class Assistant(models.TextChoices):
    NONE = ""
    ASKED = "asked"
    CITED = "cited"  # as evidence, in the judgement or the verdict


class Claim(models.Model):
    """One person holds one seat of one pair until `expires`. A finished claim keeps its seat, an abandoned frees it.

    The uniqueness outlives the work, not the lease: (pair, seat) is unique among claims not abandoned. `ahead`: it is
    reserved to come after the one in hand, at most one a person and campaign, and becomes that one by being opened.

    `corrected` is {attribute: {"was", "value"}}, kept with the corrections it follows from (domain/corrections.py).

    `round` is 0 for work. In a set it counts how often this person had the pair (practice), or is the number of their
    attempt (qualification): everybody gets every pair there, so seats do not run out, and `seat` says nothing.
    """

    pair = models.ForeignKey(Pair, models.PROTECT, related_name="claims", db_index=False)
    campaign = models.ForeignKey(Campaign, models.PROTECT, db_index=False)
    annotator = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="claims", db_index=False)
    protocol = models.ForeignKey(Protocol, models.PROTECT, db_index=False)
    reveal_policy = models.CharField(max_length=12, choices=RevealPolicy)
    seat = models.PositiveSmallIntegerField()
    round = models.PositiveSmallIntegerField(default=0, db_default=0)
    left = models.CharField(max_length=1, help_text="which response stands left, 'a' or 'b'")
    ahead = models.BooleanField(default=False, db_default=False)
    key = models.CharField(max_length=64, blank=True, default="", db_default="")
    claimed = models.DateTimeField(db_default=Now())
    expires = models.DateTimeField()
    finished = models.DateTimeField(null=True, blank=True)
    abandoned = models.DateTimeField(null=True, blank=True)
    cause = models.CharField(max_length=40, blank=True, default="", db_default="")
    corrected = models.JSONField(default=dict, db_default={}, help_text="what the holder's corrections come to")
    assistant = models.CharField(
        max_length=5, choices=Assistant, blank=True, default="", db_default="", help_text="what was done with one here"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pair", "seat"], condition=Q(abandoned__isnull=True, round=0), name="claim_seat_once"
            ),
            # Of NULLs a unique index takes any number; as a partial index it would not find the claims of a pair.
            models.UniqueConstraint(
                F("pair"),
                F("annotator"),
                F("round"),
                Case(When(UNOPENED, then=None), default=Value(1)),
                name="claim_person_once",
            ),
            models.UniqueConstraint(
                fields=["campaign", "annotator", "ahead"],
                condition=Q(abandoned__isnull=True, finished__isnull=True),
                name="claim_one_live",
            ),
            models.CheckConstraint(condition=Q(left__in=SIDES), name="claim_left"),
            models.CheckConstraint(condition=Q(assistant__in=Assistant.values), name="claim_assistant"),
            models.CheckConstraint(
                condition=Q(abandoned__isnull=True) | Q(finished__isnull=True), name="claim_one_end"
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires"],
                condition=Q(abandoned__isnull=True, finished__isnull=True),
                name="claim_to_reap",
            ),
            models.Index(fields=["annotator", "campaign", "finished"], name="claim_of_person"),
        ]


class Opinion(models.Model):
    """What a person says of a pair: shared by the judgement (before the reveal) and the verdict (after it)."""

    choice = models.CharField(max_length=11, choices=Choice)
    strength = models.PositiveSmallIntegerField(null=True, blank=True)
    confidence = models.PositiveSmallIntegerField()
    reason = models.TextField(blank=True)
    evidence = models.JSONField(default=list)
    surplus = models.BooleanField(help_text="came after the seat was given away; kept, not counted")
    key = models.CharField(max_length=64, blank=True, default="", db_default="")
    created = models.DateTimeField(db_default=Now())

    class Meta:
        abstract = True


def opinion_checks(prefix: str) -> list[models.CheckConstraint]:
    return [
        models.CheckConstraint(condition=Q(choice__in=Choice.values), name=f"{prefix}_choice"),
        models.CheckConstraint(condition=Q(confidence__range=(1, 3)), name=f"{prefix}_confidence"),
        models.CheckConstraint(
            condition=(Q(choice__in=SIDES) & Q(strength__isnull=False) & Q(strength__range=(1, 3)))
            | (~Q(choice__in=SIDES) & Q(strength__isnull=True)),
            name=f"{prefix}_strength",
        ),
    ]


class Judgement(Opinion):
    """The first choice, before any verdict-bearing help was sent. Append-only.

    `checks` says of wanted qualities whether a response has them: a list of {"item": str, "a": bool or None, "b": ..}.
    """

    claim = models.OneToOneField(Claim, models.PROTECT, primary_key=True, related_name="judgement")
    without = models.JSONField(default=list, db_default=[], help_text="kinds of assistance that were not ready")
    waived = models.JSONField(default=list, db_default=[], help_text="evidence a rule asked for that nobody could have")
    lifted = models.JSONField(
        default=list, db_default=[], help_text="evidence a rule asked for until its person corrected an attribute"
    )
    checks = models.JSONField(default=list, db_default=[], help_text="which wanted qualities each response has")
    shown = models.JSONField(default=list, db_default=[], help_text="ids of the assistance that stood beside the pair")

    class Meta:
        constraints = [
            *opinion_checks("judgement"),
            models.CheckConstraint(condition=~Q(reason=""), name="judgement_reason"),
        ]


class Reveal(models.Model):
    """Exactly what was shown after the judgement, and its SHA-256. Append-only."""

    judgement = models.OneToOneField(Judgement, models.PROTECT, primary_key=True, related_name="reveal")
    payload = models.JSONField()
    digest = models.CharField(max_length=64)
    shown = models.JSONField(default=list, db_default=[], help_text="ids of the assistance that the payload tells")
    created = models.DateTimeField(db_default=Now())


class Verdict(Opinion):
    """The final choice. Needs a judgement, and a reveal where the policy reveals. Append-only."""

    judgement = models.OneToOneField(Judgement, models.PROTECT, primary_key=True, related_name="verdict")
    pair = models.ForeignKey(Pair, models.PROTECT, related_name="verdicts")
    reveal = models.OneToOneField(Reveal, models.PROTECT, null=True, related_name="verdict")
    policy = models.CharField(max_length=12, choices=RevealPolicy)
    changed = models.BooleanField()
    attested = models.BooleanField(null=True, help_text="said they did not rely on a language model alone")

    class Meta:
        constraints = [
            *opinion_checks("verdict"),
            models.CheckConstraint(condition=Q(changed=False) | ~Q(reason=""), name="verdict_change_has_reason"),
            models.CheckConstraint(
                condition=~Q(policy="always") | Q(reveal__isnull=False), name="verdict_needs_reveal"
            ),
            models.CheckConstraint(condition=~Q(policy="never") | Q(changed=False), name="verdict_never_changes"),
            models.CheckConstraint(
                condition=Q(reveal__isnull=True) | Q(reveal=F("judgement")), name="verdict_own_reveal"
            ),
        ]


# The values of curation.attributes, which a table's constraint has to spell out.
CLOSED = {
    "task_category": [
        "information seeking", "reasoning", "planning", "editing", "coding & debugging", "math", "role playing",
        "data analysis", "creative writing", "advice seeking", "brainstorming", "others",
    ],
    "objectivity": ["objective", "subjective"],
    "controversiality": ["low", "medium", "high"],
}  # fmt: skip
FREE = ["desired_attributes", "annotation_guideline"]


class AttributeCorrection(models.Model):
    """A person's correction of one attribute, kept beside the model's. Append-only; the newest of a claim counts.

    `was` is what stood there when they corrected it, by the data or a model; a `value` like it takes a correction back.
    """

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="corrections")
    attribute = models.CharField(max_length=24)
    was = models.TextField(blank=True, default="", db_default="")
    value = models.TextField()
    created = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(attribute__in=FREE) & ~Q(value="")
                | Q(attribute="task_category", value__in=CLOSED["task_category"])
                | Q(attribute="objectivity", value__in=CLOSED["objectivity"])
                | Q(attribute="controversiality", value__in=CLOSED["controversiality"]),
                name="correction_value",
            ),
        ]
