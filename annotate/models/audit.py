"""What happened, who did it and when: written in the transaction of the change itself."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class AuditEvent(models.Model):
    """Append-only. `actor` is a person, or null for a worker, whose name is then in `data`."""

    at = models.DateTimeField(db_default=Now())
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    verb = models.CharField(max_length=40)
    campaign_id = models.BigIntegerField(null=True)
    pair_id = models.BigIntegerField(null=True)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["pair_id"], name="audit_of_pair"),
            models.Index(fields=["campaign_id", "id"], name="audit_of_campaign"),
        ]
