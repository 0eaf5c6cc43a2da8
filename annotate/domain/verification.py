# ruff: noqa: S608 every statement here is constant text of this module
"""Does the audit trail still fit the facts? Each check yields its findings as text; memory stays constant."""

from collections.abc import Callable, Iterator
from typing import Any

import orjson
from django.db import connection
from django.db.models import Exists, OuterRef, Prefetch, Q

from annotate.domain import corrections, disclosure, releases, running
from annotate.models import AttributeCorrection, Claim, Release, Reveal, ToolRun
from annotate.models.guards import APPEND_ONLY, GUARDS
from annotate.models.release import ReleaseState

Findings = Iterator[str]
AT_ONCE = 500
SHOWN = 100  # findings of one check; the rest is more of the same


def _whole(key: str) -> str:
    return f"CAST(e.data ->> '{key}' AS bigint)"


# Facts without their event, looked up by the pair's index. {fact}: alias f has pair_id and what the conditions need.
WITHOUT_EVENT = """
SELECT f.id FROM ({facts}) f WHERE NOT EXISTS (
  SELECT 1 FROM annotate_auditevent e WHERE e.pair_id = f.pair_id AND e.verb = '{verb}' AND {same})
"""
WITHOUT_FACT = """
SELECT e.id FROM annotate_auditevent e WHERE e.verb = '{verb}' AND NOT EXISTS (
  SELECT 1 FROM ({facts}) f WHERE {same})
"""
CLAIM_JOIN = "JOIN annotate_claim c ON c.id = o."
PEOPLE_SAME = f"{_whole('claim')} = f.id AND e.actor_id = f.actor AND e.pair_id = f.pair_id"
OPINION_SAME = f"{PEOPLE_SAME} AND e.data ->> 'choice' = f.choice"

RUN_OF_CLAIM = (
    f"SELECT o.id, c.pair_id, c.annotator_id AS actor, o.kind, o.adopts_id FROM annotate_toolrun o {CLAIM_JOIN}claim_id"
)
RUN_SAME = f"{_whole('run')} = f.id AND e.actor_id = f.actor AND e.pair_id = f.pair_id AND e.data ->> 'kind' = f.kind"

# What is written together: name -> (verb, the facts, what makes an event theirs).
WITNESSED = {
    "claims": (
        "claim.made",
        "SELECT id, pair_id, annotator_id AS actor FROM annotate_claim",
        PEOPLE_SAME,
    ),
    "judgements": (
        "judgement.made",
        f"SELECT c.id, c.pair_id, c.annotator_id AS actor, o.choice FROM annotate_judgement o {CLAIM_JOIN}claim_id",
        OPINION_SAME,
    ),
    "verdicts": (
        "verdict.made",
        f"SELECT c.id, c.pair_id, c.annotator_id AS actor, o.choice FROM annotate_verdict o {CLAIM_JOIN}judgement_id",
        OPINION_SAME,
    ),
    "runs of tools": (
        "tool.asked",
        f"{RUN_OF_CLAIM} WHERE o.adopts_id IS NULL",
        RUN_SAME,
    ),
    "adopted runs": (
        "tool.adopted",
        f"{RUN_OF_CLAIM} WHERE o.adopts_id IS NOT NULL",
        f"{RUN_SAME} AND {_whole('adopts')} = f.adopts_id",
    ),
    "runs ahead of time": (
        "tool.prepared",
        "SELECT id, pair_id, kind FROM annotate_toolrun WHERE claim_id IS NULL",
        f"{_whole('run')} = f.id AND e.actor_id IS NULL AND e.pair_id = f.pair_id AND e.data ->> 'kind' = f.kind",
    ),
    "corrections of attributes": (
        "attribute.corrected",
        f"SELECT o.id, c.pair_id, c.annotator_id AS actor, o.attribute FROM annotate_attributecorrection o"
        f" {CLAIM_JOIN}claim_id",
        f"{_whole('correction')} = f.id AND e.actor_id = f.actor AND e.pair_id = f.pair_id"
        " AND e.data ->> 'attribute' = f.attribute",
    ),
    "gold": (
        "gold.settled",
        "SELECT g.id, g.pair_id, g.label, g.origin, a.reviewer_id AS actor"
        " FROM annotate_gold g LEFT JOIN annotate_adjudication a ON a.id = g.adjudication_id",
        f"{_whole('gold')} = f.id AND e.pair_id = f.pair_id AND e.data ->> 'label' = f.label"
        " AND e.data ->> 'origin' = f.origin AND (e.actor_id = f.actor OR f.actor IS NULL AND e.actor_id IS NULL)",
    ),
}

QUERIES = {
    "every adjudication made a gold row": """
        SELECT a.id FROM annotate_adjudication a
        WHERE NOT EXISTS (SELECT 1 FROM annotate_gold g WHERE g.adjudication_id = a.id AND g.label = a.choice)""",
    "gold chains are linear": """
        SELECT g.id FROM annotate_gold g JOIN annotate_gold earlier ON earlier.id = g.supersedes_id
        WHERE earlier.pair_id <> g.pair_id OR earlier.id >= g.id
        UNION ALL
        SELECT min(g.id) FROM annotate_gold g WHERE NOT EXISTS (
          SELECT 1 FROM annotate_gold later WHERE later.supersedes_id = g.id)
        GROUP BY g.pair_id HAVING count(*) <> 1""",
    "every release was asked for, with as many rows": f"""
        SELECT r.id FROM annotate_release r WHERE NOT EXISTS (
          SELECT 1 FROM annotate_auditevent e WHERE e.verb = 'release.requested' AND {_whole("release")} = r.id
          AND e.campaign_id = r.campaign_id AND {_whole("rows")} = (
            SELECT count(*) FROM annotate_releaserow w WHERE w.release_id = r.id))""",
    "every release asked for is there": f"""
        SELECT e.id FROM annotate_auditevent e WHERE e.verb = 'release.requested' AND NOT EXISTS (
          SELECT 1 FROM annotate_release r WHERE r.id = {_whole("release")})""",
    "every frozen release has the event of its freezing": f"""
        SELECT r.id FROM annotate_release r WHERE r.state = 'frozen' AND 1 <> (
          SELECT count(*) FROM annotate_auditevent e
          WHERE e.verb = 'release.frozen' AND {_whole("release")} = r.id)""",
    "rows of a release are gold of its campaign": """
        SELECT w.id FROM annotate_releaserow w JOIN annotate_release r ON r.id = w.release_id
        JOIN annotate_gold g ON g.id = w.gold_id WHERE g.campaign_id <> r.campaign_id""",
    "every uploaded document was counted": f"""
        SELECT d.campaign_id FROM (SELECT campaign_id, count(*) AS n FROM annotate_document GROUP BY campaign_id) d
        WHERE d.n <> (SELECT coalesce(sum({_whole("new")}), 0) FROM annotate_auditevent e
          WHERE e.campaign_id = d.campaign_id AND e.verb = 'documents.added')""",
    "every retired document has its event": f"""
        SELECT d.id FROM annotate_document d WHERE d.retired IS NOT NULL AND NOT EXISTS (
          SELECT 1 FROM annotate_auditevent e WHERE e.verb = 'document.retired' AND {_whole("document")} = d.id
          AND e.campaign_id = d.campaign_id)""",
    "every result on a benchmark has its event": f"""
        SELECT b.id FROM annotate_benchmarkresult b WHERE NOT EXISTS (
          SELECT 1 FROM annotate_auditevent e WHERE e.verb = 'benchmark.recorded' AND {_whole("result")} = b.id
          AND e.data ->> 'answers' = b.answers)""",
    "every imported pair was counted": f"""
        SELECT p.campaign_id FROM (SELECT campaign_id, count(*) AS n FROM annotate_pair GROUP BY campaign_id) p
        WHERE p.n <> (SELECT coalesce(sum({_whole("new")}), 0) FROM annotate_auditevent e
          WHERE e.campaign_id = p.campaign_id AND e.verb = 'pairs.imported')""",
}


def _ids(sql: str) -> Findings:
    """One finding a row, read in pieces."""
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} LIMIT {SHOWN}")
        while rows := cursor.fetchmany(AT_ONCE):
            yield from (f"id {row[0]}" for row in rows)


def guards() -> Findings:
    """Every trigger of annotate.models.guards exists and is switched on."""
    there = _triggers()
    wanted = {guard.name for guard in GUARDS}
    if connection.vendor == "postgresql":
        wanted |= {f"guard_{table}_truncate" for table in APPEND_ONLY}
    yield from (f"{name} is missing or switched off" for name in sorted(wanted - there))


def _triggers() -> set[str]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        return {name for (name,) in cursor.fetchall()}


def reveals() -> Findings:
    """What was shown after a judgement still has its SHA-256."""
    for row in Reveal.objects.order_by("pk").iterator(chunk_size=AT_ONCE):
        if disclosure.digest(row.payload) != row.digest:
            yield f"claim {row.pk}: its payload does not have its digest"


def runs() -> Findings:
    """What came of a tool's run still has its SHA-256."""
    for run in ToolRun.objects.filter(state="done").order_by("pk").iterator(chunk_size=AT_ONCE):
        found = running.digest(run.kind, run.input, run.status, run.output or {}, run.version, run.environment)
        if found != run.sha256:
            yield f"run {run.pk}: it does not have its digest"


def corrected() -> Findings:
    """What a claim says of its corrections is what they come to."""
    rows = AttributeCorrection.objects.order_by("pk")
    some = Exists(rows.filter(claim_id=OuterRef("pk"))) | ~Q(corrected={})
    claims = Claim.objects.filter(some).prefetch_related(Prefetch("corrections", rows)).only("corrected").order_by("pk")
    for claim in claims.iterator(chunk_size=AT_ONCE):
        if corrections.come_to(list(claim.corrections.all())) != claim.corrected:
            yield f"claim {claim.pk}: its corrections come to something else"


def files() -> Findings:
    """Every file of every frozen release lies where it should, as its manifest says."""
    from annotate.domain import freezing  # pyarrow; only here

    frozen = Release.objects.filter(state=ReleaseState.FROZEN).select_related("campaign").order_by("pk")
    for release in frozen.iterator(chunk_size=AT_ONCE):
        manifest: dict[str, Any] = release.manifest or {"files": {}}
        folder = releases.folder(release)
        for name in freezing.damaged(folder, manifest):
            yield f"{folder / name} is missing or does not have its SHA-256"
        path = folder / "manifest.json"
        if not path.is_file() or orjson.loads(path.read_bytes()) | {"sha256": manifest.get("sha256")} != manifest:
            yield f"{path} is missing or does not say what the database says"


CHECKS: dict[str, Callable[[], Findings]] = {
    **{
        f"{name} have their events": lambda verb=verb, facts=facts, same=same: _ids(  # type: ignore[misc]
            WITHOUT_EVENT.format(verb=verb, facts=facts, same=same)
        )
        for name, (verb, facts, same) in WITNESSED.items()
    },
    **{
        f"events have their {name}": lambda verb=verb, facts=facts, same=same: _ids(  # type: ignore[misc]
            WITHOUT_FACT.format(verb=verb, facts=facts, same=same)
        )
        for name, (verb, facts, same) in WITNESSED.items()
    },
    **{name: lambda sql=sql: _ids(sql) for name, sql in QUERIES.items()},  # type: ignore[misc]
    "what was revealed has its digest": reveals,
    "runs of tools have their digest": runs,
    "corrections come to what their claim says": corrected,
    "all guards are in place": guards,
    "release files have their SHA-256": files,
}
