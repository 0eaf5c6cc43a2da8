"""verify_audit finds what was tampered with, and nothing else."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from annotate.domain import adjudication, corrections, leases, releases
from annotate.domain.verification import CHECKS
from annotate.models import Gold, QueueEntry, Release
from annotate.models.guards import GUARDS
from tests.cast import Cast, make_cast, make_pair
from tests.gold import make_gold

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> Path:
    settings.ASSAY_HOME = tmp_path
    return tmp_path


def everything() -> Release:
    """A campaign with consensus, a majority, an adjudication that was changed, and a frozen release."""
    cast = make_cast()
    somebody_corrects(cast)
    make_gold(cast, 1)
    make_gold(cast, 2, "a", "b", "b")
    pair = make_gold(cast, 3, "a", "b", "equal")
    for choice in ("a", "b"):
        adjudication.adjudicate(
            campaign=cast.campaign, pair_id=pair.pk, user=cast.rita, choice=choice, strength=1, cause="slip", reason="x"
        )
    releases.request(campaign=cast.campaign, version="1", actor=cast.mira)
    leased = releases.lease_wanted()
    assert leased is not None
    return releases.build(release=leased)


def somebody_corrects(cast: Cast) -> None:
    """Ana corrects a pair, and gives it back."""
    make_pair(cast.campaign, 9)
    own, _ = leases.claim_next(campaign=cast.campaign, user=cast.ana)
    assert own is not None
    corrections.correct(claim_id=own.pk, user=cast.ana, values={"objectivity": "subjective"})
    leases.abandon(claim=own, cause="other", actor=cast.ana)
    QueueEntry.objects.update(free=0, state="settled")


def findings() -> set[str]:
    return {name for name, check in CHECKS.items() if list(check())}


def unguarded(table: str, sql: str) -> None:
    """Change what the guards protect, as somebody with the database's password could, and put the guards back."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # or the table could not be altered here
            cursor.execute(f"ALTER TABLE annotate_{table} DISABLE TRIGGER USER")
            cursor.execute(sql)
            cursor.execute(f"ALTER TABLE annotate_{table} ENABLE TRIGGER USER")
            return
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [f"annotate_{table}"]
        )
        kept = cursor.fetchall()
        for name, _ in kept:
            cursor.execute(f'DROP TRIGGER "{name}"')
        cursor.execute(sql)
        for _, text in kept:
            cursor.execute(text)


def test_nothing_is_found_where_nothing_was_done() -> None:
    everything()
    out = io.StringIO()
    call_command("verify_audit", stdout=out)
    assert f"{len(CHECKS)} checks, no finding." in out.getvalue()


TAMPERED: dict[str, tuple[str, Callable[[], str], set[str]]] = {
    "a judgement": (
        "judgement",
        lambda: "UPDATE annotate_judgement SET choice = 'b' WHERE choice = 'a'",
        {"judgements have their events", "events have their judgements"},
    ),
    "a verdict": (
        "verdict",
        lambda: "UPDATE annotate_verdict SET choice = 'b' WHERE choice = 'a'",
        {"verdicts have their events", "events have their verdicts"},
    ),
    "a label": (
        "gold",
        lambda: f"UPDATE annotate_gold SET label = 'b' WHERE id = {Gold.objects.filter(label='a').earliest('pk').pk}",
        {"gold have their events", "events have their gold"},
    ),
    "events": (
        "auditevent",
        lambda: "DELETE FROM annotate_auditevent WHERE verb IN ('verdict.made', 'release.requested')",
        {"verdicts have their events", "every release was asked for, with as many rows"},
    ),
    "another event": (
        "auditevent",
        lambda: (
            "UPDATE annotate_auditevent SET verb = 'x' WHERE id ="
            " (SELECT max(id) FROM annotate_auditevent WHERE verb = 'pairs.imported')"
        ),
        {"every imported pair was counted"},
    ),
    "a correction": (
        "attributecorrection",
        lambda: "UPDATE annotate_attributecorrection SET value = 'objective'",
        {"corrections come to what their claim says"},
    ),
    "which attribute was corrected": (
        "attributecorrection",
        lambda: "UPDATE annotate_attributecorrection SET attribute = 'annotation_guideline'",
        {
            "corrections of attributes have their events",
            "events have their corrections of attributes",
            "corrections come to what their claim says",
        },
    ),
    "what a claim says of it": (
        "claim",
        lambda: "UPDATE annotate_claim SET corrected = '{}'",
        {"corrections come to what their claim says"},
    ),
    "what was revealed": (
        "reveal",
        lambda: "UPDATE annotate_reveal SET payload = '{}'",
        {"what was revealed has its digest"},
    ),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_tampered_with_is_found(what: str) -> None:
    everything()
    table, sql, expected = TAMPERED[what]
    unguarded(table, sql())
    assert findings() == expected
    with pytest.raises(CommandError):
        call_command("verify_audit", stdout=io.StringIO(), stderr=io.StringIO())


def test_a_missing_guard_is_found() -> None:
    guard = next(guard for guard in GUARDS if guard.table == "gold")
    with connection.cursor() as cursor:
        on = f" ON annotate_{guard.table}" if connection.vendor == "postgresql" else ""
        cursor.execute(f'DROP TRIGGER "{guard.name}"{on}')
    assert findings() == {"all guards are in place"}


@pytest.mark.parametrize("name", ["gold.parquet", "strata.jsonl.zst", "manifest.json"])
def test_a_changed_file_is_found(name: str) -> None:
    release = everything()
    path = releases.folder(release) / name
    path.write_bytes(path.read_bytes().replace(b"1", b"2") + b" ")
    if name == "manifest.json":
        path.write_text("{}")
    assert findings() == {"release files have their SHA-256"}
    path.unlink()
    assert findings() == {"release files have their SHA-256"}
