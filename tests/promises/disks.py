"""A small disk that can be filled to the last byte and emptied again."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True, slots=True)
class Disk:
    path: Path

    @property
    def filler(self) -> Path:
        return self.path / "filler"

    def fill(self, *, leaving: int = 0) -> None:
        """Leave so many bytes, rounded to whole pages, and not one more."""
        with self.filler.open("ab", buffering=0) as file:
            free = shutil.disk_usage(self.path).free
            file.write(b"\0" * max(0, free - leaving))
            with suppress(OSError):  # as it is when the last page is gone
                while not leaving:  # others may free one as we write
                    file.write(b"\0" * 4096)

    def empty(self) -> None:
        self.filler.unlink()


@contextmanager
def small_disk(megabytes: int) -> Iterator[Disk]:
    """Mount one in memory; skip the test where that is not allowed."""
    path = Path(tempfile.mkdtemp(prefix="portal-disk-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "tmpfs", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        if mounted.returncode:
            pytest.skip(f"A small disk cannot be mounted here: {mounted.stderr.strip()}")
        yield Disk(path)
    finally:
        if not mounted.returncode:
            subprocess.run(["umount", "--lazy", str(path)], check=True)
        path.rmdir()
