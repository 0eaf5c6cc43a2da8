"""What managers upload to search in: documents, and the passages that the full-text index is of."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from annotate.models.campaign import Campaign


class Document(models.Model):
    """A text of a campaign. It never changes but for being retired, once; what was found in it stays readable."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="documents", db_index=False)
    digest = models.BinaryField(max_length=32, help_text="SHA-256 of title, address and text")
    title = models.CharField(max_length=300)
    address = models.CharField(max_length=1000, blank=True, default="", db_default="")
    source = models.CharField(max_length=200, blank=True, default="", db_default="", help_text="the uploaded file")
    characters = models.PositiveIntegerField()
    created = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    retired = models.DateTimeField(null=True, blank=True)
    retired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "digest"], condition=Q(retired__isnull=True), name="document_once_a_campaign"
            )
        ]

    def __str__(self) -> str:
        return self.title


class Passage(models.Model):
    """About a paragraph of a document, and the terms it is found by (curation.terms), title included. Append-only.

    The index over `terms` is the database's own and kept in step by it (annotate.models.fulltext).
    """

    document = models.ForeignKey(Document, models.PROTECT, related_name="passages", db_index=False)
    number = models.PositiveIntegerField()
    text = models.TextField()
    terms = models.TextField(help_text="separated by blanks")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "number"], name="passage_number_once")]
