"""Every table of Assay, with its constraints. No workflow lives here: see annotate.domain."""

from annotate.models.agreement import Figure, Tally, TallyMark
from annotate.models.assistance import Assistance, AssistanceCount, ModelCard, Spend
from annotate.models.audit import AuditEvent
from annotate.models.benchmarks import BenchmarkResult
from annotate.models.campaign import Campaign, Membership, Protocol, QueueCursor
from annotate.models.documents import Document, Passage
from annotate.models.gold import Adjudication, Gold
from annotate.models.learning import Attempt, KnownAnswer
from annotate.models.pair import Pair, QueueEntry
from annotate.models.people import Invitation, Token, User
from annotate.models.protocol import AttributeCorrection, Claim, Judgement, Reveal, Verdict
from annotate.models.release import Release, ReleaseRow
from annotate.models.tools import Answering, Prepared, ToolRun

__all__ = [
    "Adjudication",
    "Answering",
    "Assistance",
    "AssistanceCount",
    "Attempt",
    "AttributeCorrection",
    "AuditEvent",
    "BenchmarkResult",
    "Campaign",
    "Claim",
    "Document",
    "Figure",
    "Gold",
    "Invitation",
    "Judgement",
    "KnownAnswer",
    "Membership",
    "ModelCard",
    "Pair",
    "Passage",
    "Prepared",
    "Protocol",
    "QueueCursor",
    "QueueEntry",
    "Release",
    "ReleaseRow",
    "Reveal",
    "Spend",
    "Tally",
    "TallyMark",
    "Token",
    "ToolRun",
    "User",
    "Verdict",
]
