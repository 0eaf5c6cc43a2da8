"""The files of a release: built under a temporary name, then renamed, so that a folder that exists is complete.

The same rows give the same bytes, whoever builds and however often. Memory: one page of rows.
"""

import hashlib
import io
import os
import secrets
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import UTC
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson
import pyarrow as pa
import pyarrow.json
import pyarrow.parquet as pq
import zstandard

from annotate.domain import export, record, releases
from annotate.models import Release
from annotate.models.protocol import SIDES
from curation.attributes import ATTRIBUTES

Manifest = dict[str, Any]
SCHEMA_VERSION = 1  # of the export rows and of the manifest

TEXT, WHOLE, REAL, YES_NO = pa.string(), pa.int64(), pa.float64(), pa.bool_()


def _struct(**fields: pa.DataType) -> pa.DataType:
    return pa.struct([pa.field(name, kind) for name, kind in fields.items()])


MESSAGES = pa.list_(_struct(role=TEXT, content=TEXT))
MODEL = _struct(engine=TEXT, model=TEXT, revision=TEXT, prompt_version=TEXT)
VERDICT = _struct(
    id=WHOLE, annotator=TEXT, judgement=TEXT, verdict=TEXT, strength=WHOLE, confidence=WHOLE, changed=YES_NO,
    waived=TEXT, lifted=TEXT, checks=TEXT, corrections=TEXT, evidence=TEXT, reveal=TEXT, assistant=TEXT, judged=TEXT,
    decided=TEXT,
)  # fmt: skip
PROVENANCE = _struct(
    gold=WHOLE, supersedes=WHOLE, source=TEXT, source_id=TEXT, source_label=TEXT, group=TEXT, protocol=TEXT,
    protocol_version=WHOLE, reveal=pa.list_(TEXT), models=_struct(**dict.fromkeys(record.KINDS, MODEL)),
    verdicts=pa.list_(VERDICT), reviewer=TEXT, cause=TEXT, assistance=TEXT,
)  # fmt: skip
SHARED = {
    "confidence": REAL,
    "origin": TEXT,
    "attributes": _struct(**dict.fromkeys((*ATTRIBUTES, "written_by"), TEXT)),
    "corrected": _struct(**dict.fromkeys(ATTRIBUTES, TEXT)),
    "provenance": PROVENANCE,
    "created": TEXT,
}


def _votes(*names: str) -> pa.DataType:
    return _struct(**dict.fromkeys((*names, *record.UNCLEAR), WHOLE))


GOLD = pa.schema(
    {
        "pair_id": WHOLE, "campaign": TEXT, "prompt": MESSAGES, "chosen": MESSAGES, "rejected": MESSAGES,
        "label": TEXT, "margin": REAL, "strength": REAL, "votes": _votes("chosen", "rejected"), "soft_label": REAL,
        **SHARED,
    }
)  # fmt: skip
STRATA = pa.schema(
    {
        "pair_id": WHOLE, "campaign": TEXT, "prompt": MESSAGES, "response_a": MESSAGES, "response_b": MESSAGES,
        "label": TEXT, "votes": _votes("a", "b"), **SHARED,
    }
)  # fmt: skip


def make(*, release: Release, keep_lease: Callable[[], None]) -> Manifest:
    """The release's folder with its files; returns the manifest. A finished folder of this release is adopted."""
    final = releases.folder(release)
    if manifest := adopt(release, final):
        return manifest
    final.parent.mkdir(parents=True, exist_ok=True)
    for leftover in final.parent.glob(f".{release.version}.*.part"):
        shutil.rmtree(leftover, ignore_errors=True)
    draft = final.parent / f".{release.version}.{secrets.token_hex(6)}.part"
    draft.mkdir()
    try:
        manifest = _write(release, draft, keep_lease)
        keep_lease()
        if final.exists():  # of another database, or damaged: kept aside, never overwritten
            final.rename(final.with_name(f".{final.name}.{secrets.token_hex(6)}.aside"))
        draft.rename(final)
        _to_disk(final.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


def adopt(release: Release, final: Path) -> Manifest | None:
    """The manifest of a finished folder, if it is of this very release and every file is as it says."""
    path = final / "manifest.json"
    if not path.is_file():
        return None
    try:
        text = path.read_bytes()
        manifest: Manifest = orjson.loads(text)
        same = all(manifest[name] == value for name, value in _identity(release).items())
        if same and not damaged(final, manifest):
            return manifest | {"sha256": hashlib.sha256(text).hexdigest()}
    except (ValueError, KeyError, TypeError):
        pass
    return None


def damaged(final: Path, manifest: Manifest) -> list[str]:
    """Names of the files that are missing or do not have their SHA-256."""
    return [name for name, file in manifest["files"].items() if _sha256(final / name) != file["sha256"]]


def _identity(release: Release) -> Manifest:
    return {
        "schema_version": SCHEMA_VERSION,
        "release": release.pk,
        "campaign": release.campaign.slug,
        "version": release.version,
        "created": release.requested.astimezone(UTC).isoformat(timespec="microseconds"),
    }


def _write(release: Release, draft: Path, keep_lease: Callable[[], None]) -> Manifest:
    counts = Counts()
    with ExitStack() as stack:
        gold = stack.enter_context(Table(draft, "gold", GOLD))
        strata = stack.enter_context(Table(draft, "strata", STRATA))
        for page in export.frozen(release=release):
            keep_lease()
            counts.add(page)
            gold.add(line for line in page if line.label in SIDES)
            strata.add(line for line in page if line.label not in SIDES)
    manifest = _identity(release) | counts.told() | {"files": gold.files() | strata.files()}
    text = orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    path = draft / "manifest.json"
    path.write_bytes(text)
    _to_disk(path)
    return manifest | {"sha256": hashlib.sha256(text).hexdigest()}


class Table:
    """One table, written as JSON Lines under zstd and as Parquet at the same time."""

    def __init__(self, folder: Path, name: str, schema: pa.Schema) -> None:
        self._paths = (folder / f"{name}.jsonl.zst", folder / f"{name}.parquet")
        self._schema = schema
        self._rows = 0

    def __enter__(self) -> Self:
        self._file = self._paths[0].open("xb")
        self._lines = zstandard.ZstdCompressor(level=6).stream_writer(self._file)
        self._parquet = pq.ParquetWriter(self._paths[1], self._schema, compression="zstd")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._lines.close()  # type: ignore[no-untyped-call]
        self._file.close()
        self._parquet.close()

    def add(self, lines: Iterable[export.Line]) -> None:
        """One page becomes one row group. Parquet gets what a reader of the lines would get."""
        text = "".join([f"{line.json}\n" for line in lines]).encode()
        if not text:
            return
        self._lines.write(text)
        table = _read(text, self._schema)
        self._parquet.write_table(table)
        self._rows += len(table)

    def files(self) -> Manifest:
        for path in self._paths:
            _to_disk(path)
        return {
            path.name: {"sha256": _sha256(path), "bytes": path.stat().st_size, "rows": self._rows}
            for path in self._paths
        }


def _read(lines: bytes, schema: pa.Schema) -> pa.Table:
    """JSON Lines as a table. As one block: a row does not go over the end of one, and the same lines look the same."""
    how = pa.json.ReadOptions(use_threads=False, block_size=len(lines))
    parse = pa.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")
    return pa.json.read_json(io.BytesIO(lines), read_options=how, parse_options=parse)


class Counts:
    """What the manifest tells of the rows: how many by label, origin, category, protocol, reveal policy and model."""

    def __init__(self) -> None:
        self._rows = 0
        self._by: dict[str, Counter[str]] = {name: Counter() for name in COUNTED}
        self._models: Counter[tuple[str, ...]] = Counter()

    def add(self, page: list[export.Line]) -> None:
        self._rows += len(page)
        for row in (orjson.loads(line.json) for line in page):
            for name, value in COUNTED.items():
                self._by[name][value(row)] += 1
            for one in orjson.loads(row["provenance"]["assistance"] or "[]"):
                self._models[tuple(one.values())] += 1

    def told(self) -> Manifest:
        names = ("kind", "engine", "model", "revision", "prompt_version", "rows")
        return {
            "rows": self._rows,
            "counts": {name: dict(sorted(counter.items())) for name, counter in self._by.items()},
            "models": [dict(zip(names, (*key, n), strict=True)) for key, n in sorted(self._models.items())],
        }


COUNTED: dict[str, Callable[[record.Row], str]] = {
    "label": lambda row: "clear" if row["label"] in SIDES else row["label"],
    "origin": lambda row: row["origin"],
    "category": lambda row: row["attributes"]["task_category"] or "unknown",
    "protocol": lambda row: f"{row['provenance']['protocol']} v{row['provenance']['protocol_version']}",
    "reveal": lambda row: "+".join(row["provenance"]["reveal"]),
}


def _sha256(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _to_disk(path: Path) -> None:
    """Wait until a file's bytes, or a folder's names, have reached the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
