"""`assist --remote`: help another Assay until nothing is due there, or for as long as one stays."""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from tqdm import tqdm

from annotate.domain import backends
from workers import engines
from workers.batches import Drained, OutOfReach
from workers.remote import Refused, Server, drain
from workers.stopping import stoppable

POLL = 5.0  # seconds between looks for more work
NOT_FOR_US = (401, 403, 404)  # the token or the campaign is wrong: asking again does not help

Got = TypeVar("Got")


class Helper:
    """Works through kinds by turns, and remembers of each what it did and what went wrong."""

    def __init__(self, server: Server, kinds: Sequence[str], *, quiet: bool) -> None:
        self._server, self._quiet = server, quiet
        self.done = {kind: Drained() for kind in kinds}

    def work(self, *, stay: bool = False) -> None:
        """Raises Stopped when told to stop (what was returned stays, the rest went back), and Refused."""
        with stoppable():
            while True:
                again = [self._some(kind) for kind in self.done]
                if not any(again):
                    if not stay:
                        return
                    time.sleep(POLL)

    def _some(self, kind: str) -> bool:
        """All that is due of a kind now. Whether that was anything."""
        total = self._tried(kind, lambda: self._server.to_do(kind)) or 0
        before = self.done[kind].done
        if total:
            with tqdm(total=total, unit=" pairs", desc=kind, disable=self._quiet) as bar:
                for name in backends.names(kind):
                    self._line(kind, name, bar)
        return self.done[kind].done > before

    def _line(self, kind: str, name: str, bar: "tqdm[None]") -> None:
        while drained := self._tried(kind, lambda: drain(server=self._server, kind=kind, name=name)):
            self.done[kind] += drained
            bar.update(drained.done)
            if not drained.again:
                return

    def _tried(self, kind: str, call: Callable[[], Got]) -> Got | None:
        """None where it could not be done; why, is remembered."""
        try:
            return call()
        except (engines.EngineError, Refused, OutOfReach) as error:
            if isinstance(error, Refused) and error.status in NOT_FOR_US:
                raise
            self.done[kind] += Drained(error=f"{type(error).__name__}: {error}")
            return None
