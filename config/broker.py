"""The broker that needs no server: kombu's folder of messages, made safe for several processes at once.

As it comes, a message can be read while it is still being written, and so can the table of queues when the web and
the workers start together. Here a message comes and goes by a rename, and a table that is half there is read again.
"""

import json
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from queue import Empty
from typing import Any, TypeVar

from kombu.transport import filesystem

Answer = TypeVar("Answer")


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:
        name = f"{time.time_ns()}_{uuid.uuid4()}.{queue}.msg"
        draft = Path(self.data_folder_out, f"{name}.draft")  # no reader takes a name that ends like this
        draft.write_text(json.dumps(payload), encoding="utf-8")
        draft.rename(Path(self.data_folder_out, name))

    def _get(self, queue: str) -> Any:
        """The oldest message, which whoever renames it first has for itself."""
        for path in sorted(Path(self.data_folder_in).glob(f"*.{queue}.msg")):
            try:
                taken = path.rename(path.with_name(f"{path.name}.taken"))
            except FileNotFoundError:
                continue
            message = json.loads(taken.read_text(encoding="utf-8"))
            taken.unlink()
            return message
        raise Empty

    def get_table(self, exchange: str) -> list[Any]:
        return again_if_torn(lambda: super(Channel, self).get_table(exchange))

    def _queue_bind(self, *args: Any) -> None:
        again_if_torn(lambda: super(Channel, self)._queue_bind(*args))


def again_if_torn(read: Callable[[], Answer]) -> Answer:
    """Another process may have made the file and not filled it yet; it will within a moment."""
    for _ in range(50):
        try:
            return read()
        except ValueError:
            time.sleep(0.02)
    return read()


class Transport(filesystem.Transport):
    Channel = Channel
