"""JSON that is written and read whole keeps its text."""

import pytest
from django.db import DatabaseError, connection, transaction

from annotate.models import Pair
from tests.cast import make_cast, make_pair

pytestmark = pytest.mark.django_db
ODD = [{"content": 'quote " backslash \\ line\nbreak ünïcode 漢字 😀 \u2028', "role": "user", "note": None}]


def stored(pair: Pair) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT CAST(conversation AS text) FROM annotate_pair WHERE id = %s", [pair.pk])
        text: str = cursor.fetchone()[0]
    return text


def test_a_text_comes_back_as_it_was_written() -> None:
    pair = make_pair(make_cast().campaign, conversation=ODD)
    assert stored(pair).startswith('[{"content":"quote \\" backslash')
    assert Pair.objects.get().conversation == ODD
    assert list(Pair.objects.values_list("conversation", flat=True)) == [ODD]


@pytest.mark.parametrize("text", ["", "no JSON", '{"a": }', "[1, 2"])
def test_the_database_refuses_what_is_no_json(text: str) -> None:
    campaign = make_cast().campaign
    insert = """INSERT INTO annotate_pair (campaign_id, digest, conversation, response_a, response_b, "group", extra,
        source, source_id, source_label) VALUES (%s, %s, %s, '[]', '[]', '', '{}', '', '', '')"""
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(insert, [campaign.pk, b"x" * 32, text])
    with connection.cursor() as cursor:
        cursor.execute(insert, [campaign.pk, b"x" * 32, "[]"])
    assert Pair.objects.get().conversation == []
