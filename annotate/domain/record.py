"""What a gold row tells besides its texts, written once, as JSON text, by the transaction that settles the pair.

It is what was known then: assistance that comes later is not in it. Every value has one type in every record and is
never null, so that JSON and Parquet load alike: an unknown text is "", an unknown number 0.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
from django.conf import settings
from django.db.models import Case, F, Func, TextField, Value, When
from django.db.models.functions import Cast
from django.utils.crypto import salted_hmac

from annotate.domain.best import rank
from annotate.domain.compiled import Compiled
from annotate.models import Assistance, Verdict
from annotate.models.assistance import IMPORTED, AssistanceState
from annotate.models.protocol import SIDES
from curation.attributes import ATTRIBUTES

Row = dict[str, Any]
Help = tuple[dict[str, str], str]  # which model answered, and what (attributes alone)

KINDS = ("attributes", "differences", "embed", "reward", "judge", "preverify")
MODEL = ("engine", "model", "revision", "prompt_version")
UNKNOWN: Help = (dict.fromkeys(MODEL, ""), "")
UNCLEAR = ("equal", "undecidable", "broken")
OTHER = {"a": "b", "b": "a"}
ATTRIBUTES_ALONE = Case(
    When(kind="attributes", then=Cast("payload", TextField())), default=Value(""), output_field=TextField()
)


class RunsOf(Func):
    """Every run under a claim as [[id, number, kind, status, SHA-256], ...], as text: no statement of its own."""

    output_field = TextField()
    FROM = "FROM annotate_toolrun r WHERE r.claim_id = %(expressions)s"
    ROW = "r.id, r.number, r.kind, r.status, r.sha256"

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        rows = f"SELECT coalesce(json_agg(json_build_array({self.ROW}))::text, '[]') {self.FROM}"
        return self.as_sql(compiler, connection, template=f"({rows})", **context)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        rows = f"SELECT json_group_array(json_array({self.ROW})) {self.FROM}"
        return self.as_sql(compiler, connection, template=f"({rows})", **context)


BESIDE = {
    "ran": RunsOf("judgement_id"),
    "judged_by": F("judgement__evidence"),
    "first": F("judgement__choice"),
    "judged": F("judgement__created"),
    "annotator": F("judgement__claim__annotator_id"),
    **{name: F(f"judgement__claim__{name}") for name in ("assistant", "corrected")},
    **{name: F(f"judgement__{name}") for name in ("checks", "waived", "lifted")},
    **{name: F(f"pair__{name}") for name in ("source", "source_id", "source_label", "group")},
    **{f"protocol_{name}": F(f"judgement__claim__protocol__{name}") for name in ("id", "name", "version")},
}


def counted(verdicts: Any) -> Any:
    """Of a queryset those that count, oldest first, each with its judgement, who made it, what was done with an
    assistant, where its pair comes from and the version it was claimed under."""
    own = ("choice", "evidence", "strength", "confidence", "changed", "policy", "created")
    return verdicts.filter(surplus=False).annotate(**BESIDE).only(*own).order_by("created", "pk")


def helping(assistance: Any) -> Any:
    """Of a queryset what is done; `text` is the answer, of attributes alone."""
    done = assistance.filter(state=AssistanceState.DONE)
    return done.annotate(text=ATTRIBUTES_ALONE).only("kind", *MODEL).order_by("pk")


COUNTED = Compiled(lambda pair_id: counted(Verdict.objects.filter(pair_id=pair_id)), int)
HELPING = Compiled(lambda pair_id: helping(Assistance.objects.filter(pair_id=pair_id)), int)


def write(gold: Any, *, verdicts: Sequence[Any], assistance: Iterable[Any]) -> str:
    """The record of a gold row that is complete but for its id, from its `counted` verdicts, one at least, and what
    is `helping`."""
    there = list(assistance)
    help = _help(there)
    told = _gold(gold, verdicts) if gold.label in SIDES else _stratum(gold)
    names = _names(gold)
    row = told | {
        "confidence": sum(one.confidence for one in verdicts) / len(verdicts) if verdicts else 0.0,
        "origin": gold.origin,
        "attributes": _attributes(help.get("attributes", UNKNOWN)),
        "corrected": _corrected(verdicts),
        "provenance": _provenance(gold, verdicts, help, names) | {"assistance": _every(there)},
        "created": _time(gold.created),
    }
    return orjson.dumps(row).decode()


def _help(assistance: Iterable[Any]) -> dict[str, Help]:
    """Per kind the assistance that counts."""
    return {row.kind: ({name: getattr(row, name) for name in MODEL}, row.text) for row in sorted(assistance, key=rank)}


def _every(assistance: Iterable[Any]) -> str:
    """All that was there, of several engines a kind too, as JSON text, "" where nothing was."""
    rows = sorted(assistance, key=lambda row: (row.kind, row.pk))
    return _json([{"kind": row.kind} | {name: getattr(row, name) for name in MODEL} for row in rows])


def _names(gold: Any) -> dict[str, str]:
    if gold.label in SIDES:
        return {gold.label: "chosen", OTHER[gold.label]: "rejected"}
    return {side: side for side in SIDES}


def _gold(gold: Any, verdicts: Sequence[Any]) -> Row:
    return {
        "label": gold.label,
        "margin": margin(gold, verdicts),
        "strength": float(gold.strength or 0),
        "votes": _votes(gold),
        "soft_label": soft_label(gold),
    }


def _stratum(gold: Any) -> Row:
    return {"label": gold.label, "votes": _votes(gold)}


def margin(gold: Any, verdicts: Sequence[Any]) -> float:
    """Mean strength over the clear verdicts, those for the other side counted negative; never below 0.

    Where a reviewer settled the pair it is the reviewer's strength. Between 0 and 3.
    """
    if gold.adjudication is not None:
        return float(gold.adjudication.strength)
    signed = [one.strength if one.choice == gold.label else -one.strength for one in verdicts if one.strength]
    return max(0.0, sum(signed) / len(signed)) if signed else 0.0


def soft_label(gold: Any) -> float:
    """Share of the clear final choices that are for the chosen response, a reviewer's settled choice included."""
    reviewer = 1 if gold.adjudication is not None else 0
    clear: int = sum(gold.votes.get(side, 0) for side in SIDES) + reviewer
    chosen: int = gold.votes.get(gold.label, 0) + reviewer
    return chosen / clear


def _votes(gold: Any) -> dict[str, int]:
    names = _names(gold)
    return {names.get(choice, choice): gold.votes.get(choice, 0) for choice in (*names, *UNCLEAR)}


def _attributes(help: Help) -> dict[str, str]:
    """The five attributes and who wrote them; all "" where there are none."""
    model, text = help
    payload = orjson.loads(text) if text else {}
    written_by = {"": "", IMPORTED: "source"}.get(model["engine"], "model")
    return {name: str(payload.get(name, "")) for name in ATTRIBUTES} | {"written_by": written_by}


def _corrected(verdicts: Sequence[Any]) -> dict[str, str]:
    """What people made of each attribute: where all who corrected it agree; "" where nobody did, or they differ."""
    said: dict[str, set[str]] = {name: set() for name in ATTRIBUTES}
    for verdict in verdicts:
        for name, entry in verdict.corrected.items():
            said[name].add(entry["value"])
    return {name: next(iter(values)) if len(values) == 1 else "" for name, values in said.items()}


def under(verdicts: Sequence[Any]) -> Any:
    """The verdict whose version of the protocol the gold names: the newest that any of them was claimed under."""
    return max(verdicts, key=_version)


def _version(verdict: Any) -> int:
    version: int = verdict.protocol_version
    return version


def _provenance(gold: Any, verdicts: Sequence[Any], help: dict[str, Help], names: dict[str, str]) -> Row:
    settled, first, newest = gold.adjudication, verdicts[0], under(verdicts)
    return {
        "supersedes": gold.supersedes_id or 0,
        "source": first.source,
        "source_id": first.source_id,
        "source_label": _source_label(first.source_label, gold.label),
        "group": first.group,
        "protocol": newest.protocol_name,
        "protocol_version": newest.protocol_version,
        "reveal": sorted({verdict.policy for verdict in verdicts}),
        "models": {kind: help.get(kind, UNKNOWN)[0] for kind in KINDS},
        "verdicts": [_verdict(verdict, names) for verdict in verdicts],
        "reviewer": pseudonym(settled.reviewer_id) if settled else "",
        "cause": settled.cause if settled else "",
    }


def _source_label(said: str, label: str) -> str:
    """What the source said, beside the gold label: agreed, flipped, equal or none."""
    if said in SIDES and label in SIDES:
        return "agreed" if said == label else "flipped"
    return said or "none"


def _verdict(verdict: Any, names: dict[str, str]) -> Row:
    return {
        "id": verdict.pk,
        "annotator": pseudonym(verdict.annotator),
        "judgement": names.get(verdict.first, verdict.first),
        "verdict": names.get(verdict.choice, verdict.choice),
        "strength": verdict.strength or 0,
        "confidence": verdict.confidence,
        "changed": verdict.changed,
        "waived": " ".join(verdict.waived),
        "lifted": " ".join(verdict.lifted),
        "checks": _json(_checks(verdict.checks, names)),
        "corrections": _json([{"attribute": name, **entry} for name, entry in verdict.corrected.items()]),
        "evidence": _evidence(verdict),
        "reveal": verdict.policy,
        "assistant": verdict.assistant or "not asked",
        "judged": _time(verdict.judged),
        "decided": _time(verdict.created),
    }


def _checks(checks: list[Row], names: dict[str, str]) -> list[Row]:
    """Each mark by itself: which response it is of, and whether that has the quality."""
    return [
        {"item": check["item"], "response": names[side], "met": check[side]}
        for check in checks
        for side in SIDES
        if check[side] is not None
    ]


def _json(rows: list[Row]) -> str:
    """JSON text, or "": a list that is empty in one row and not in another has no one type when JSON is loaded."""
    return orjson.dumps(rows).decode() if rows else ""


def _evidence(verdict: Any) -> str:
    """What judgement and verdict cite, as JSON text, "" where they cite nothing: a list that is empty in one row and
    not in another has no one type when JSON is loaded."""
    cited = {*verdict.judged_by, *verdict.evidence}
    runs = orjson.loads(verdict.ran) if cited else []
    told = [
        {"number": number, "kind": kind, "status": status, "sha256": sha256}
        for pk, number, kind, status, sha256 in sorted(runs, key=lambda run: run[1])
        if pk in cited
    ]
    return _json(told)


@lru_cache(maxsize=10_000)
def pseudonym(user_id: int) -> str:
    """The same made-up name for the same person in every row and release; the name behind it stays here."""
    key = settings.PSEUDONYM_KEY
    return "p-" + salted_hmac("assay.pseudonym", str(user_id), secret=key, algorithm="sha256").hexdigest()[:12]


def _time(moment: datetime) -> str:
    """ISO 8601 in UTC, always with microseconds: without them Arrow would read some as timestamps, some as text."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
