import random
from hashlib import sha256

import pytest
from django.test.utils import CaptureQueriesContext

from annotate.domain import imports, intake
from annotate.domain.campaigns import create_campaign
from annotate.domain.imports import import_rows
from annotate.models import Assistance, AuditEvent, Pair, QueueEntry, User
from curation.pairs import RowError

pytestmark = pytest.mark.django_db

ATTRIBUTES = {
    "task_category": "math",
    "objectivity": "objective",
    "controversiality": "low",
    "desired_attributes": "Right.",
    "annotation_guideline": "Add up.",
}


@pytest.fixture
def campaign(settings):
    settings.ASSISTANCE_KINDS = ["attributes", "embed", "reward", "differences"]
    return create_campaign(slug="bench", overlap=3)


def row(number: int, **more):
    return {"id": f"r{number}", "prompt": f"p{number}", "chosen": "é", "rejected": f"y{number}"} | more


def rows(count: int, **more):
    return [(number, row(number, **more)) for number in range(count)]


def counts(report):
    return report.new, report.duplicate, report.rejected, report.contradictions


def test_a_pair_with_its_place_its_wishes_and_its_event(campaign):
    actor = User.objects.create_user("mira", "mira@example.org", "x")
    report = import_rows(campaign=campaign, rows=rows(1), actor=actor, source="file.jsonl")
    assert counts(report) == (1, 0, 0, 0)
    pair = Pair.objects.get()
    assert pair.conversation == [{"role": "user", "content": "p0"}]
    better = {"a": pair.response_a, "b": pair.response_b}[pair.source_label]
    assert better == [{"role": "assistant", "content": "é"}]
    assert (pair.source, pair.source_id, pair.group) == ("file.jsonl", "r0", "")
    assert pair.extra["row"] == {"id": "r0"}
    assert len(bytes(pair.digest)) == 32
    event = AuditEvent.objects.get(verb="pairs.imported")
    assert (event.actor, event.campaign_id, event.data["new"]) == (actor, campaign.pk, 1)
    entry = QueueEntry.objects.get()
    assert (entry.pair, entry.campaign, entry.state, entry.seats, entry.free, entry.lane, entry.turn) == (
        pair, campaign, "open", 3, 0b111, 2, event.pk,
    )  # fmt: skip
    wanted = Assistance.objects.values_list("pair_id", "campaign_id", "kind", "engine", "state")
    assert set(wanted) == {
        (pair.pk, campaign.pk, kind, "default", "wanted") for kind in ("attributes", "embed", "reward", "differences")
    }


def test_what_a_row_brings_is_kept_as_imported_and_not_wanted(campaign):
    import_rows(campaign=campaign, rows=rows(1, attributes=ATTRIBUTES, score_chosen=3, score_rejected=1.0))
    pair = Pair.objects.get()
    assert set(Assistance.objects.values_list("kind", "engine", "state")) == {
        ("attributes", "imported", "done"),
        ("reward", "imported", "done"),
        ("embed", "default", "wanted"),
        ("differences", "default", "wanted"),
    }
    assert Assistance.objects.get(kind="attributes").payload == ATTRIBUTES
    reward = Assistance.objects.get(kind="reward")
    assert reward.payload[f"score_{pair.source_label}"] == 3.0
    assert reward.payload["margin"] == reward.payload["score_a"] - reward.payload["score_b"]
    assert (reward.payload["p"] > 0.5) == (pair.source_label == "a")
    assert reward.finished is not None
    assert QueueEntry.objects.get().lane == 1  # objective and uncontroversial: served first


def test_again_is_a_no_op(campaign):
    assert counts(import_rows(campaign=campaign, rows=rows(5))) == (5, 0, 0, 0)
    before = AuditEvent.objects.count(), Assistance.objects.count()
    assert counts(import_rows(campaign=campaign, rows=rows(7))) == (2, 5, 0, 0)
    assert counts(import_rows(campaign=campaign, rows=rows(7))) == (0, 7, 0, 0)
    assert (AuditEvent.objects.count(), Assistance.objects.count()) == (before[0] + 1, before[1] + 8)
    other = create_campaign(slug="other")
    assert counts(import_rows(campaign=other, rows=rows(5))) == (5, 0, 0, 0)


def test_a_repeat_with_the_opposite_label_is_a_contradiction(campaign):
    turned = {"id": "t0", "prompt": "p0", "chosen": "y0", "rejected": "é"}
    unlabelled = {"prompt": "p0", "response_a": "y0", "response_b": "é"}
    report = import_rows(campaign=campaign, rows=[(0, row(0)), (1, turned), (2, row(0)), (3, unlabelled)])
    assert counts(report) == (1, 3, 0, 1)
    assert [(problem.row, problem.row_id) for problem in report.errors] == [(1, "t0")]
    assert "row 0 (r0)" in report.errors[0].reason
    label = Pair.objects.get().source_label
    again = import_rows(campaign=campaign, rows=[(9, turned)])
    assert counts(again) == (0, 1, 0, 1)
    assert f"pair {Pair.objects.get().pk} (r0)" in again.errors[0].reason
    assert Pair.objects.get().source_label == label
    event = AuditEvent.objects.filter(verb="pairs.imported").latest("pk")
    assert event.data["contradictions"][0]["row_id"] == "t0"


def test_bad_rows_are_told_and_good_rows_land(campaign):
    told = []
    mixed = [(1, row(1)), (2, RowError("not valid JSON")), (3, row(3, chosen=True)), (4, row(4))]
    report = import_rows(campaign=campaign, rows=mixed, on_problem=told.append)
    assert counts(report) == (2, 0, 2, 0)
    assert report.rows == 4
    assert told == report.errors
    assert [(problem.row, problem.row_id, problem.reason) for problem in told] == [
        (2, "", "not valid JSON"),
        (3, "r3", "chosen is the JSON value true, not text or a list of messages"),
    ]


def test_only_the_first_problems_are_kept_but_all_are_told(campaign, monkeypatch):
    monkeypatch.setattr(imports, "ERRORS_KEPT", 3)
    told = []
    report = import_rows(campaign=campaign, rows=((n, {}) for n in range(10)), on_problem=told.append)
    assert (report.rejected, len(report.errors), len(told)) == (10, 3, 10)


def test_batches_land_whole_and_the_rest_can_be_run_again(campaign, monkeypatch):
    monkeypatch.setattr(imports, "BATCH_PAIRS", 10)

    def cut():
        yield from rows(25)
        raise ConnectionError("the client is gone")

    with pytest.raises(ConnectionError):
        import_rows(campaign=campaign, rows=cut())
    assert Pair.objects.count() == QueueEntry.objects.count() == 20
    assert AuditEvent.objects.filter(verb="pairs.imported").count() == 2
    assert counts(import_rows(campaign=campaign, rows=rows(25))) == (5, 20, 0, 0)


def test_a_batch_that_fails_leaves_nothing(campaign, monkeypatch):
    monkeypatch.setattr(intake, "WANT_SQL", "SELECT no_such_column FROM {table} -- %s %s %s %s")
    with pytest.raises(Exception, match="no_such_column"):
        import_rows(campaign=campaign, rows=rows(3))
    assert AuditEvent.objects.filter(verb="pairs.imported").count() == 0


def test_large_texts_make_smaller_batches(campaign, monkeypatch):
    monkeypatch.setattr(imports, "BATCH_BYTES", 1000)
    seen = []
    import_rows(campaign=campaign, rows=rows(10, chosen="x" * 600), on_progress=lambda report: seen.append(report.new))
    assert seen == [2, 4, 6, 8, 10, 10]


def test_statements_do_not_grow_with_the_batch(campaign):
    from django.db import connection

    def statements(first: int, count: int) -> int:
        some = [(number, row(number)) for number in range(first, first + count)]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            import_rows(campaign=campaign, rows=some)
        return len(captured)

    assert statements(0, 3) == statements(1000, 300)


def test_a_group_is_stored(campaign):
    report = import_rows(campaign=campaign, rows=[(0, {"prompt": "p", "responses": ["x", "y", "z"]})])
    assert report.new == 3
    assert len(set(Pair.objects.values_list("group", flat=True))) == 1
    limited = create_campaign(slug="limited")
    assert import_rows(campaign=limited, rows=[(0, {"prompt": "p", "responses": list("xyz")})], select=2).new == 2


def test_the_digest_is_that_of_the_stored_content(campaign):
    import json

    import_rows(campaign=campaign, rows=rows(3, chosen='q"\n\\漢🙂\x7f'))
    for pair in Pair.objects.all():
        whole = [
            [{"role": message["role"], "content": message["content"]} for message in messages]
            for messages in (pair.conversation, pair.response_a, pair.response_b)
        ]
        text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
        assert sha256(text.encode()).digest() == bytes(pair.digest)


def test_nasty_rows_never_stop_an_import(campaign):
    from tests.curation.test_nasty import nasty_row

    chance = random.Random(5)
    many = [(number, nasty_row(chance)) for number in range(800)]
    report = import_rows(campaign=campaign, rows=many)
    assert report.rows == 800
    assert report.new == Pair.objects.filter(campaign=campaign).count() > 5
    assert report.rejected > 5


def test_five_megabytes_land(campaign):
    assert import_rows(campaign=campaign, rows=rows(1, chosen="x" * 5_000_000)).new == 1
    pair = Pair.objects.get()
    assert max(len(pair.response_a[0]["content"]), len(pair.response_b[0]["content"])) == 5_000_000
