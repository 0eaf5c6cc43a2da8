"""Documents that a manager uploads for a campaign, to be searched in as evidence; nothing else sees them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.domain import audit
from annotate.domain.errors import AlreadyDone, Invalid, Missing
from annotate.models import Campaign, Document, Passage, User
from curation import documents as reading
from curation.bytestreams import SourceError
from curation.documents import Numbered
from curation.pairs import RowError
from curation.terms import terms

ERRORS_KEPT = 100
AT_ONCE = 200  # documents of a transaction
_LIVE = Q(retired__isnull=True)


@dataclass(slots=True)
class Added:
    """Counts of an upload; `errors` holds the first that are not in: (number, reason)."""

    new: int = 0
    duplicate: int = 0
    rejected: int = 0
    errors: list[tuple[int, str]] = field(default_factory=list)


def upload(*, campaign: Campaign, actor: User | None, file: BinaryIO, name: str) -> Added:
    """Read a file and add its documents. Invalid: it cannot be read; what came before the fault stays."""
    try:
        return add(campaign=campaign, actor=actor, documents=reading.read_documents(file, name=name), source=name[:200])
    except SourceError as error:
        raise Invalid(_("The file could not be read."), fields={"file": str(error)}) from error


def add(*, campaign: Campaign, actor: User | None, documents: Iterable[Numbered], source: str) -> Added:
    """Add what is not there yet: the same title, address and text again is a duplicate, unless it was retired."""
    added, held = Added(), []
    for number, document in documents:
        if isinstance(document, RowError):
            added.rejected += 1
            added.errors += [(number, document.reason)] if len(added.errors) < ERRORS_KEPT else []
            continue
        held.append(document)
        if len(held) >= AT_ONCE:
            _store(campaign, actor, held, source, added)
            held = []
    _store(campaign, actor, held, source, added)
    return added


@transaction.atomic
def _store(campaign: Campaign, actor: User | None, given: list[reading.Document], source: str, added: Added) -> None:
    """One batch with its audit event. The campaign's row is locked, so that two uploads into it take turns."""
    Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    unseen = {document.digest: document for document in given}
    live = Document.objects.filter(campaign=campaign, retired__isnull=True, digest__in=unseen)
    for digest in live.values_list("digest", flat=True):
        del unseen[bytes(digest)]
    stored = Document.objects.bulk_create(_row(campaign, actor, document, source) for document in unseen.values())
    for row, document in zip(stored, unseen.values(), strict=True):
        Passage.objects.bulk_create(_passages(row, document), batch_size=AT_ONCE)
    added.new += len(stored)
    added.duplicate += len(given) - len(stored)
    if stored:
        audit.record(
            verb="documents.added",
            actor_id=actor.pk if actor else None,
            campaign_id=campaign.pk,
            new=len(stored),
            source=source,
        )


def _row(campaign: Campaign, actor: User | None, document: reading.Document, source: str) -> Document:
    return Document(
        campaign=campaign,
        digest=document.digest,
        title=document.title,
        address=document.address,
        source=source,
        characters=sum(map(len, document.passages)),
        created_by=actor,
    )


def _passages(row: Document, document: reading.Document) -> list[Passage]:
    titled = terms(document.title)
    return [
        Passage(document=row, number=number, text=text, terms=" ".join([*titled, *terms(text)]))
        for number, text in enumerate(document.passages, start=1)
    ]


@transaction.atomic
def retire(*, campaign: Campaign, document_id: int, actor: User) -> None:
    """Take a document out of the index. What was found in it before stays as it was found."""
    mine = Document.objects.filter(campaign=campaign, pk=document_id)
    if not mine.filter(retired__isnull=True).update(retired=timezone.now(), retired_by=actor):
        if mine.exists():
            raise AlreadyDone(_("This document was retired before."))
        raise Missing(_("There is no such document here."))
    audit.record(verb="document.retired", actor_id=actor.pk, campaign_id=campaign.pk, document=document_id)


def are_there(*, campaign_id: int) -> bool:
    """Whether the campaign, or the one that this set serves, has anything to search in. One statement."""
    served = Campaign.objects.filter(pk=campaign_id).values("serves_id")
    whose = Q(campaign_id=campaign_id) | Q(campaign_id__in=served)
    return Document.objects.filter(whose, retired__isnull=True).exists()


def listed(*, campaign: Campaign) -> QuerySet[Document]:
    """What is in the index, the newest first."""
    return Document.objects.filter(campaign=campaign, retired__isnull=True).order_by("-pk")


def counts(*, campaign: Campaign) -> dict[str, int]:
    """Documents and passages of the index, and documents that were retired. Two statements."""
    found = Document.objects.filter(campaign=campaign).aggregate(
        documents=Count("pk", filter=_LIVE), retired=Count("pk", filter=~_LIVE)
    )
    passages = Passage.objects.filter(document__campaign=campaign, document__retired__isnull=True).count()
    return found | {"passages": passages}


def read(*, campaign: Campaign, document_id: int) -> dict[str, Any]:
    """A document as members of the campaign read it, retired ones too: evidence may cite them. Two statements."""
    row = Document.objects.filter(campaign=campaign, pk=document_id).first()
    if row is None:
        raise Missing(_("There is no such document here."))
    passages = list(row.passages.order_by("number").values("number", "text"))
    markdown = row.source.lower().endswith(reading.MARKDOWN)
    return {
        "title": row.title,
        "address": row.address,
        "retired": row.retired,
        "markdown": markdown,
        "headed": markdown and passages[0]["text"].lstrip().startswith("#"),
        "passages": passages,
    }
