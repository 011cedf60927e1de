"""Messages as files: a consumer that reads while others write never meets half of one."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection
from kombu.exceptions import ChannelError
from kombu.transport import filesystem

from portal.jobs import transport
from tests.promises.counts import count

MESSAGE = {"body": "x" * 2000}
WRITERS = 2


def connect(folder: Path, of: type[Any] = transport.Transport) -> Connection:
    for name in ("in", "processed"):
        (folder / name).mkdir(exist_ok=True)
    options = {
        "data_folder_in": str(folder / "in"),
        "data_folder_out": str(folder / "in"),
        "processed_folder": str(folder / "processed"),
        "control_folder": str(folder / "control"),
    }
    return Connection("filesystem://localhost", transport=of, transport_options=options)


def write(folder: Path, number: int) -> None:
    with connect(folder) as connection:
        queue = connection.SimpleQueue("reports")
        for position in range(number):
            queue.put(MESSAGE | {"position": position})
        queue.close()


@pytest.mark.slow
def test_a_consumer_survives_what_is_written_while_it_reads(tmp_path: Path) -> None:
    number = count(1_000, 10_000)
    start = multiprocessing.get_context("spawn")
    with connect(tmp_path) as connection:
        queue = connection.SimpleQueue("reports")
        writers = [
            start.Process(target=write, args=[tmp_path, number // WRITERS]) for _ in range(WRITERS)
        ]
        for writer in writers:
            writer.start()
        read = []
        for _message in range(number):
            message = queue.get(timeout=60)
            read.append(message.payload["position"])
            message.ack()
        for writer in writers:
            writer.join(60)
        queue.close()

    assert [writer.exitcode for writer in writers] == [0, 0]
    assert sorted(read) == sorted(list(range(number // WRITERS)) * WRITERS)
    assert list((tmp_path / "in").iterdir()) == []


def meeting(
    of: type[Any], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Any, dict[str, Any]]:
    """Return what a consumer gets that looks just before a message is filled, and what after."""
    with connect(folder, of) as connection:
        channel: Any = connection.channel()
        met: list[Any] = []

        def look(*_arguments: object) -> None:
            try:
                met.append(channel._get("reports"))
            except (Empty, json.JSONDecodeError) as exc:
                met.append(type(exc))

        # Both write through these: kombu locks before it writes, and we write before we rename.
        monkeypatch.setattr(filesystem, "lock", look)
        monkeypatch.setattr(filesystem, "unlock", lambda _file: None)
        write_text = Path.write_text

        def look_and_write(path: Path, text: str) -> int:
            path.touch()
            look()
            return write_text(path, text)

        monkeypatch.setattr(Path, "write_text", look_and_write)
        channel._put("reports", {"body": "whole"})
        return met[0], channel._get("reports")


def test_a_consumer_meets_nothing_before_a_message_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert meeting(transport.Transport, tmp_path, monkeypatch) == (Empty, {"body": "whole"})


def test_half_a_message_would_be_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Red first: with kombu's own transport the consumer takes the file that is still empty."""
    with pytest.raises(Empty):  # it took the message away, so that nobody gets it
        meeting(filesystem.Transport, tmp_path, monkeypatch)
    with connect(tmp_path, filesystem.Transport) as connection:
        (tmp_path / "in/1_x.reports.msg").write_text('{"bo')
        channel: Any = connection.channel()
        with pytest.raises(json.JSONDecodeError):
            channel._get("reports")


def test_a_table_of_bindings_appears_with_its_content(tmp_path: Path) -> None:
    with connect(tmp_path) as connection:
        channel: Any = connection.channel()
        channel._queue_bind("exchange", "reports", "", "reports")
        channel._queue_bind("exchange", "audits", "", "audits")

        bound = {row.queue for row in channel.get_table("exchange")}

    assert bound == {"reports", "audits"}
    assert [path.name for path in (tmp_path / "control").iterdir()] == ["exchange.exchange"]


def test_no_room_leaves_nothing(tmp_path: Path) -> None:
    with connect(tmp_path) as connection:
        channel: Any = connection.channel()
        (tmp_path / "in").rmdir()
        with pytest.raises(ChannelError, match="cannot be written"):
            channel._put("reports", MESSAGE)
