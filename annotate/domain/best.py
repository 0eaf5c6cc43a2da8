"""Which row counts where several say the same thing of a pair: what its source brought, else the newest."""

from typing import Any

from annotate.models.assistance import IMPORTED


def rank(row: Any) -> tuple[bool, int]:
    """Of rows of assistance that are done: the greatest counts (sorted by it, the last)."""
    return row.engine == IMPORTED, row.pk
