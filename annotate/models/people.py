"""People, the invitations that let them in, and the tokens their programs use."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Now


class User(AbstractUser):
    """A person or a program that signs in. What they may do is a Membership of a campaign.

    `guided`: when they closed the guide of the workbench, which then stays closed on every computer.
    """

    guided = models.DateTimeField(null=True, blank=True)


class Invitation(models.Model):
    """The only way to an account. The link's secret is kept as its SHA-256 alone; accepting it fills accepted_by."""

    campaign = models.ForeignKey("annotate.Campaign", models.CASCADE)
    role = models.CharField(max_length=12)
    note = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, models.PROTECT, related_name="invited")
    created = models.DateTimeField(db_default=Now())
    expires = models.DateTimeField()
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="accepted")
    accepted = models.DateTimeField(null=True, blank=True)


class Token(models.Model):
    """A bearer token of the REST API: random, shown once, kept as its SHA-256 alone; scoped and expiring."""

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created = models.DateTimeField(db_default=Now())
    expires = models.DateTimeField()
    revoked = models.DateTimeField(null=True, blank=True)
