"""The cache of a site without Redis: files, shared by every process of one machine.

Django's own file cache adds and counts in two steps, so that counts of parallel requests get lost;
it makes a new file of each count, and lists its whole folder at every write. Here both steps are
under a lock, a count is written in its place, and the folder is listed at every hundredth write.
"""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.filebased import FileBasedCache
from django.core.files import locks

WRITES_BETWEEN_CULLS = 100


class SharedFileCache(FileBasedCache):
    """A file cache whose `add` and `incr` are atomic between threads and processes."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(location, params)
        self._writes = 0

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        with self._locked(key, version):
            return super().get(key, default, version)

    def add(
        self,
        key: Any,
        value: Any,
        timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> bool:
        with self._locked(key, version):
            return super().add(key, value, timeout, version)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Return the count after adding to it. Raises ValueError where there is none."""
        with self._locked(key, version) as path:
            try:
                file = path.open("r+b")
            except FileNotFoundError:
                raise ValueError(f"There is no key '{key}' to count.") from None
            with file:
                if self._is_expired(file):  # type: ignore[attr-defined]  # Django's own
                    raise ValueError(f"There is no key '{key}' to count.")
                place = file.tell()
                # The folder is the site's own, and readable by nobody else.
                count: int = pickle.loads(zlib.decompress(file.read())) + delta  # noqa: S301
                file.seek(place)
                file.write(zlib.compress(pickle.dumps(count, self.pickle_protocol)))
                file.truncate()
            return count

    @contextmanager
    def _locked(self, key: Any, version: int | None) -> Iterator[Path]:
        """Hold one of 16 locks and tell the key's file. A lock ends with its process."""
        path = Path(self._key_to_file(key, version))  # type: ignore[attr-defined]  # Django's own
        lock = path.with_name(f"{path.name[0]}.lock")
        try:
            file = lock.open("ab")
        except FileNotFoundError:  # the folder may be emptied at any time
            self._createdir()  # type: ignore[attr-defined]  # likewise
            file = lock.open("ab")
        with file:
            locks.lock(file, locks.LOCK_EX)
            yield path

    def _cull(self) -> None:
        """Drop what has expired once there are too many entries, and only then others."""
        self._writes += 1
        if self._writes % WRITES_BETWEEN_CULLS:
            return
        names = self._list_cache_files()  # type: ignore[attr-defined]  # Django's own
        if len(names) < self._max_entries:
            return
        for name in names:
            try:
                with Path(name).open("rb") as file:
                    self._is_expired(file)  # type: ignore[attr-defined]  # it deletes what has
            except FileNotFoundError:
                continue
        super()._cull()  # type: ignore[misc]  # likewise
