"""Rows of a data set on the Hugging Face hub: hf://owner/name[@revision][:config][/split], streamed."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from curation.bytestreams import SourceError
from curation.jsonrows import Numbered
from curation.pairs import RowError

PREFIX = "hf://"
_ADDRESS = re.compile(r"hf://([^/@:]+/[^/@:]+)(?:@([^/:]+))?(?::([^/]+))?(?:/([^/]+))?/?")


@dataclass(frozen=True, slots=True)
class HubAddress:
    name: str
    revision: str | None
    config: str | None
    split: str

    @classmethod
    def parse(cls, text: str) -> "HubAddress":
        """Raises SourceError. The split is "train" unless another is named."""
        match = _ADDRESS.fullmatch(text)
        if match is None:
            raise SourceError(f"{text} is not hf://owner/name[@revision][:config][/split]")
        name, revision, config, split = match.groups()
        return cls(name, revision, config, split or "train")


Load = Callable[[HubAddress], Iterable[Mapping[str, Any]]]


def load_streaming(address: HubAddress) -> Iterable[Mapping[str, Any]]:
    """The data set as a stream: nothing is stored on this machine. Needs the package `datasets`."""
    try:
        from datasets import load_dataset
    except ImportError:
        raise SourceError("hf:// needs the package `datasets`, which is not installed here") from None
    found: Iterable[Mapping[str, Any]] = load_dataset(
        address.name, address.config, split=address.split, revision=address.revision, streaming=True
    )
    return found


def hub_rows(address: HubAddress, *, load: Load = load_streaming) -> Iterator[Numbered]:
    """Rows by their place in the split, from 0. Raises SourceError where the data set cannot be opened."""
    try:
        rows = iter(load(address))
    except SourceError:
        raise
    except Exception as error:
        raise SourceError(f"{address.name} cannot be loaded from the hub: {_first_line(error)}") from error
    number = 0
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except Exception as error:
            if number == 0:
                raise SourceError(f"{address.name} cannot be read: {_first_line(error)}") from error
            yield number, RowError(f"the stream broke off here ({_first_line(error)})")
            return
        yield number, row
        number += 1


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]
