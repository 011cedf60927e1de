"""Messages as files, each of them whole: the broker of the embedded default.

kombu's own file transport opens a message under its final name and then fills it, so a consumer
may take it empty or in part, and ends with a JSONDecodeError. Here a message is written aside and
renamed, and a table of bindings appears with its content.
"""

from __future__ import annotations

import os
import uuid
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    def _put(  # type: ignore[override]  # as kombu’s own does to its base
        self, queue: str, payload: dict[str, Any], **options: Any
    ) -> None:
        # The name sorts by age, and its end names the queue, as kombu's `_get` reads it.
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        self._write_whole(Path(self.data_folder_out) / name, dumps(payload))

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str | None, queue: str) -> None:
        table: Path = self._exchange_file(exchange)  # type: ignore[attr-defined]  # kombu has it
        if not table.exists():
            self.control_folder.mkdir(exist_ok=True)
            self._write_whole(table, "[]", replace=False)
        super()._queue_bind(exchange, routing_key, pattern, queue)

    def _write_whole(self, path: Path, text: str, *, replace: bool = True) -> None:
        """Write a file aside and give it its name; without `replace` one that is there stays."""
        aside = path.with_name(f"{path.name}.{uuid.uuid4()}.part")
        try:
            aside.write_text(text)
            if replace:
                aside.replace(path)
            else:
                with suppress(FileExistsError):
                    os.link(aside, path)
        except OSError as exc:
            raise ChannelError(f"{path} cannot be written: {exc.strerror}.") from exc
        finally:
            aside.unlink(missing_ok=True)


class Transport(filesystem.Transport):
    Channel = Channel
