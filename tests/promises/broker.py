"""A Redis server to kill, and a proxy before it that refuses or falls silent."""

from __future__ import annotations

import selectors
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import Literal

from tests.promises.sites import nothing_listens
from tests.services import free_port

Mode = Literal["pass", "refuse", "silent"]


class Redis:
    """A Redis server without persistence: what it knew is gone when it is killed."""

    def __init__(self, folder: Path) -> None:
        self.port, self.folder = free_port(), folder
        self.start()

    @property
    def address(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self._process = subprocess.Popen(
            [
                *("redis-server", "--port", str(self.port), "--bind", "127.0.0.1"),
                *("--save", "", "--appendonly", "no", "--dir", str(self.folder)),
            ],
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 20
        while nothing_listens(self.port):
            if time.monotonic() > deadline:
                raise TimeoutError("Redis does not start.")
            time.sleep(0.02)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


class Proxy(threading.Thread):
    """Passes connections on to a port, or refuses them, or takes them and says nothing."""

    def __init__(self, to_port: int) -> None:
        super().__init__(daemon=True)
        self.port, self.to_port = free_port(), to_port
        self._wanted: Mode = "pass"
        self._mode: Mode = "refuse"
        self._selector = selectors.DefaultSelector()
        self._peers: dict[socket.socket, socket.socket | None] = {}
        self._listener: socket.socket | None = None
        self._ended = False
        self.start()

    def switch(self, mode: Mode) -> None:
        """Change what happens from now on, to connections that are open too."""
        self._wanted = mode
        while self._mode != mode:
            time.sleep(0.01)

    def end(self) -> None:
        self._ended = True
        self.join(5)

    def run(self) -> None:
        while not self._ended:
            if self._mode != self._wanted:
                self._become(self._wanted)
            for key, _events in self._selector.select(0.02):
                assert isinstance(key.fileobj, socket.socket)
                if key.fileobj is self._listener:
                    self._accept(key.fileobj)
                else:
                    self._carry(key.fileobj)
        self._become("refuse")
        self._selector.close()

    def _become(self, mode: Mode) -> None:
        if mode == "refuse" or self._mode == "silent":
            for one in list(self._peers):
                self._drop(one)
        if mode == "refuse" and self._listener:
            self._selector.unregister(self._listener)
            self._listener.close()
            self._listener = None
        elif mode != "refuse" and self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self.port))
            self._selector.register(self._listener, selectors.EVENT_READ)
        self._mode = mode

    def _accept(self, listener: socket.socket) -> None:
        client, _address = listener.accept()
        if self._mode == "silent":
            self._watch(client, None)
            return
        try:
            server = socket.create_connection(("127.0.0.1", self.to_port), timeout=1)
        except OSError:
            client.close()
            return
        self._watch(client, server)
        self._watch(server, client)

    def _watch(self, one: socket.socket, other: socket.socket | None) -> None:
        self._peers[one] = other
        self._selector.register(one, selectors.EVENT_READ)

    def _carry(self, one: socket.socket) -> None:
        if one not in self._peers:  # dropped with its peer a moment ago
            return
        try:
            content = one.recv(65536)
            other = self._peers[one]
            if content and other is not None and self._mode == "pass":
                other.sendall(content)
        except OSError:
            content = b""
        if not content:
            self._drop(one)

    def _drop(self, one: socket.socket) -> None:
        if one not in self._peers:  # went with its peer
            return
        other = self._peers.pop(one)
        self._selector.unregister(one)
        one.close()
        if other is not None:
            self._drop(other)
