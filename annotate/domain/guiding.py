"""The guide of the workbench: open the first time, closed for good on every computer once its reader closed it."""

from django.utils import timezone

from annotate.models import User


def close(*, user: User) -> None:
    """Remember when this person first closed the guide. Opening it again is theirs to do on the page, any time."""
    User.objects.filter(pk=user.pk, guided__isnull=True).update(guided=timezone.now())
