"""CSV, TSV and Parquet, one row at a time."""

import csv
import io
from collections.abc import Iterator
from io import BufferedReader
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from curation.bytestreams import BrokenOff, SourceError, broken_row
from curation.jsonrows import MAX_ROW_BYTES, Numbered
from curation.pairs import RowError

PARQUET_BATCH = 64


def csv_rows(stream: BufferedReader, *, delimiter: str) -> Iterator[Numbered]:
    """Rows below the header by the line they begin on, from 2. Every value is text.

    Bytes that are not UTF-8 show as lone surrogates, which a response may not contain.
    """
    csv.field_size_limit(MAX_ROW_BYTES)
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    try:
        header = next(reader, [])
    except (csv.Error, BrokenOff) as error:
        raise SourceError(f"the header cannot be read: {error}") from None
    if not header or len(set(header)) < len(header):
        raise SourceError("the first line must name each column once" if header else "the file is empty")
    while True:
        line = reader.line_num + 1
        try:
            values = next(reader, None)
        except csv.Error as error:
            yield line, RowError(f"not a valid row: {error}")
            continue
        except BrokenOff as error:
            yield line, broken_row(error)
            return
        if values is None:
            return
        if values:
            yield line, _csv_row(header, values)


def _csv_row(header: list[str], values: list[str]) -> dict[str, Any] | RowError:
    if len(values) != len(header):
        return RowError(f"the row has {len(values)} columns, the header {len(header)}")
    return dict(zip(header, values, strict=True))


def parquet_rows(file: IO[bytes] | str) -> Iterator[Numbered]:
    """Rows by their place in the table, from 0."""
    try:
        table = pq.ParquetFile(file)
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f"this is no whole Parquet file: {error}") from None
    number = 0
    try:
        for batch in table.iter_batches(batch_size=PARQUET_BATCH):
            for row in batch.to_pylist():
                yield number, row
                number += 1
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        yield number, RowError(f"the file is damaged here ({error}); nothing after this row could be read")
