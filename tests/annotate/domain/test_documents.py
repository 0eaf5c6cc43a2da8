"""Documents: added once, never changed, retired for good; each step with its event."""

import io
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from annotate.domain import documents, verification
from annotate.domain.errors import AlreadyDone, Invalid, Missing
from annotate.models import AuditEvent, Document, Passage
from tests.cast import make_cast, make_document

pytestmark = pytest.mark.django_db
LINES = b'{"title": "A", "text": "one"}\n{"title": "B", "text": "two"}\n{"title": "A", "text": "one"}\n{}\n'


def test_an_upload_counts_and_again_is_a_no_op() -> None:
    cast = make_cast()

    def upload() -> documents.Added:
        return documents.upload(campaign=cast.campaign, actor=cast.mira, file=io.BytesIO(LINES), name="a.jsonl")

    first, again = upload(), upload()
    assert (first.new, first.duplicate, first.rejected, first.errors) == (
        *(2, 1, 1),
        [(4, "no text: one of text, content, body, contents is needed")],
    )
    assert (again.new, again.duplicate, again.rejected) == (0, 3, 1)
    assert documents.counts(campaign=cast.campaign) == {"documents": 2, "passages": 2, "retired": 0}
    assert [row.title for row in documents.listed(campaign=cast.campaign)] == ["B", "A"]
    assert AuditEvent.objects.get(verb="documents.added").data == {"new": 2, "source": "a.jsonl"}


def test_a_file_that_cannot_be_read_says_why() -> None:
    cast = make_cast()
    with pytest.raises(Invalid) as refused:
        documents.upload(campaign=cast.campaign, actor=cast.mira, file=io.BytesIO(b"\xff"), name="a.txt")
    assert set(refused.value.fields) == {"file"}


def test_retired_once_and_readable_for_ever() -> None:
    cast = make_cast()
    other = make_cast(slug="other")
    row = make_document(cast.campaign, text="One.\n\nTwo.")
    with pytest.raises(Missing):
        documents.retire(campaign=other.campaign, document_id=row.pk, actor=other.mira)
    documents.retire(campaign=cast.campaign, document_id=row.pk, actor=cast.mira)
    with pytest.raises(AlreadyDone):
        documents.retire(campaign=cast.campaign, document_id=row.pk, actor=cast.mira)
    assert not documents.are_there(campaign_id=cast.campaign.pk)
    shown = documents.read(campaign=cast.campaign, document_id=row.pk)
    assert (shown["passages"], shown["retired"] is not None) == ([{"number": 1, "text": "One.\n\nTwo."}], True)
    with pytest.raises(Missing):
        documents.read(campaign=other.campaign, document_id=row.pk)
    again = make_document(cast.campaign, text="One.\n\nTwo.")
    assert again.pk != row.pk
    assert AuditEvent.objects.filter(verb="document.retired").get().data == {"document": row.pk}


def test_the_database_keeps_documents_as_they_are() -> None:
    cast = make_cast()
    row = make_document(cast.campaign)
    documents.retire(campaign=cast.campaign, document_id=row.pk, actor=cast.mira)
    live = make_document(cast.campaign, title="Other")

    def refused(act: Any) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            act()

    for number, act in enumerate(
        [
            lambda: Document.objects.filter(pk=live.pk).update(title="x"),
            lambda: Document.objects.filter(pk=row.pk).update(retired=None),
            lambda: Document.objects.filter(pk=live.pk)._raw_delete("default"),
            lambda: Passage.objects.update(text="x"),
            lambda: Passage.objects.all()._raw_delete("default"),
            lambda: Document.objects.create(campaign=cast.campaign, digest=live.digest, title="x", characters=1),
        ]
    ):
        refused(act)
        assert Document.objects.count() == 2, number


def test_the_index_is_there() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE name = 'index_passage_insert' AND type = 'trigger'")
        else:
            cursor.execute("SELECT indexname FROM pg_indexes WHERE indexname = 'passage_terms'")
        assert cursor.fetchone()


def test_the_audit_counts_documents_and_their_retirement() -> None:
    cast = make_cast()
    row = make_document(cast.campaign)
    documents.retire(campaign=cast.campaign, document_id=row.pk, actor=cast.mira)
    assert [name for name, check in verification.CHECKS.items() if "release" not in name and list(check())] == []
    Document.objects.create(campaign=cast.campaign, digest=b"x" * 32, title="smuggled in", characters=1)
    Document.objects.filter(title="smuggled in").update(retired=row.created)
    found = {name: list(check()) for name, check in verification.CHECKS.items() if "document" in name}
    assert all(found.values())
