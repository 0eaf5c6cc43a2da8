"""Bytes as they come (a file, a request body in chunks), gzip or zstd undone, with flat memory."""

import io
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Protocol

import zstandard

from curation.pairs import RowError

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
READ_BYTES = 64 * 1024
# A compressed block can hold a thousand times its size and more, so it is fed in small pieces.
FEED_BYTES = {"gzip": 16 * 1024, "zstd": 2 * 1024}


class SourceError(ValueError):
    """A source of which nothing can be read: a missing file, an unknown format, a broken header."""


class BrokenOff(ValueError):
    """The bytes end, or turn to nonsense, before the source is complete."""


class _Inflater(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


class ChunkReader(io.RawIOBase):
    """A readable stream over chunks of bytes. What the chunks raise, it raises once all before was read."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = memoryview(b"")
        self._error: Exception | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "io.WriteableBuffer") -> int:  # type: ignore[name-defined]
        view, count = memoryview(buffer).cast("B"), 0
        while count < len(view) and (self._rest or self._fetch(raising=count == 0)):
            size = min(len(view) - count, len(self._rest))
            view[count : count + size] = self._rest[:size]
            self._rest = self._rest[size:]
            count += size
        return count

    def _fetch(self, *, raising: bool) -> bool:
        """Take the next chunk that is not empty. An error waits until it may be raised."""
        while self._error is None and not self._rest:
            try:
                chunk = next(self._chunks, None)
            except Exception as error:
                self._error = error
                break
            if chunk is None:
                return False
            self._rest = memoryview(chunk)
        if self._error is not None and raising:
            raise self._error
        return self._error is None


def plain_stream(chunks: Iterable[bytes], *, encoding: str | None = None) -> io.BufferedReader:
    """A buffered stream of the plain bytes. `encoding` is "gzip", "zstd" or None: told by the first bytes.

    Reading raises BrokenOff where compressed data is damaged or ends too early.
    """
    chunks = iter(chunks)
    head = b""
    while len(head) < 4 and (chunk := next(chunks, None)) is not None:
        head += chunk
    if encoding in (None, "", "identity"):
        encoding = "gzip" if head.startswith(GZIP_MAGIC) else "zstd" if head.startswith(ZSTD_MAGIC) else None
    whole = _with_head(head, chunks)
    if encoding is not None:
        if encoding not in FEED_BYTES:
            raise SourceError(f"unknown compression {encoding[:40]!r}; known are gzip and zstd")
        whole = _inflate(whole, encoding)
    return io.BufferedReader(ChunkReader(whole), READ_BYTES)


def file_chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The bytes of an open file, in chunks."""
    while chunk := stream.read(READ_BYTES):
        yield chunk


def _with_head(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from rest


def _new_inflater(encoding: str) -> _Inflater:
    return zlib.decompressobj(31) if encoding == "gzip" else zstandard.ZstdDecompressor().decompressobj()


def _inflate(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The plain bytes of one or more gzip members or zstd frames in a row."""
    inflater, begun = _new_inflater(encoding), False
    try:
        for piece in _pieces(chunks, FEED_BYTES[encoding]):
            while piece:
                if inflater.eof:
                    if not piece.strip(b"\0"):
                        break  # padding after a complete member
                    inflater, begun = _new_inflater(encoding), False
                begun = True
                yield inflater.decompress(piece)
                piece = inflater.unused_data if inflater.eof else b""
    except (zlib.error, zstandard.ZstdError) as error:
        raise BrokenOff(f"the {encoding} data is damaged here ({error})") from None
    if begun and not inflater.eof:
        raise BrokenOff(f"the {encoding} data ends before it is complete")


def _pieces(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    for chunk in chunks:
        for start in range(0, len(chunk), size):
            yield chunk[start : start + size]


def broken_row(error: BrokenOff) -> RowError:
    return RowError(f"{error}; nothing after this row could be read")
