"""What the sources of the pairs said of them. Never shown before a judgement."""

from annotate.models import Pair
from annotate.models.pair import SourceLabel

Messages = list[dict[str, str]]


def labelled_by_source(*, most: int) -> list[tuple[Messages, Messages, Messages]]:
    """Conversation, the response its source preferred, the other one; oldest pairs first."""
    rows = Pair.objects.filter(source_label__in=[SourceLabel.A, SourceLabel.B]).order_by("pk")
    found = rows.values_list("conversation", "response_a", "response_b", "source_label")[:most]
    return [(asked, a, b) if label == SourceLabel.A else (asked, b, a) for asked, a, b, label in found]
