"""The shared cache of a site without Redis."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from portal.web.file_cache import WRITES_BETWEEN_CULLS, SharedFileCache


def cache_in(folder: Path, most: int = 1_000) -> SharedFileCache:
    return SharedFileCache(str(folder), {"OPTIONS": {"MAX_ENTRIES": most}})


def test_one_of_many_adds(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        added = list(pool.map(lambda n: cache_in(tmp_path).add("key", n), range(40)))

    assert sum(added) == 1


def test_nothing_is_counted_that_was_not_there(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="key"):
        cache_in(tmp_path).incr("key")


def test_what_has_expired_makes_room_first(tmp_path: Path) -> None:
    cache = cache_in(tmp_path, most=WRITES_BETWEEN_CULLS - 10)
    for number in range(WRITES_BETWEEN_CULLS - 1):
        cache.set(f"old{number}", 1, -1 if number else 60)
    assert len(list(tmp_path.glob("*.djcache"))) == WRITES_BETWEEN_CULLS - 1

    cache.set("new", 1, 60)

    assert [cache.get(key) for key in ("old0", "old1", "new")] == [1, None, 1]
    assert len(list(tmp_path.glob("*.djcache"))) == 2


def test_a_count_keeps_its_end(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    cache.set("key", 1 << 40, 60)
    path = Path(cache._key_to_file("key"))  # type: ignore[attr-defined]  # Django's own
    before = path.read_bytes()

    assert [cache.incr("key") - (1 << 40) for _ in range(300)] == list(range(1, 301))
    assert cache.get("key") == (1 << 40) + 300
    assert path.read_bytes()[:16] == before[:16]
    cache.set("key", 5, -1)
    with pytest.raises(ValueError, match="key"):
        cache.incr("key")
