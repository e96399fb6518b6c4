"""Where files of the cache are, and what notices damage in them."""

from __future__ import annotations

import platformdirs
import pytest

from wasmlab import cache


@pytest.mark.parametrize("home", [None, "/home/x", "", "relative"])
@pytest.mark.parametrize("named", [None, "", " ", "/somewhere", "~/there", " /x ", "relative"])
def test_folder_is_that_of_platformdirs(
    named: str | None, home: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in (("XDG_CACHE_HOME", named), ("HOME", home)):
        if value is not None:
            monkeypatch.setenv(variable, value)
        elif variable != "HOME":
            monkeypatch.delenv(variable, raising=False)
    assert cache.folder() == platformdirs.user_cache_path("wasmlab")


@pytest.mark.parametrize("size", [0, 1, (1 << 16) - 1, 1 << 16, 1 << 17])
def test_digest_of_any_size_is_32_bytes_that_change_with_a_bit(size: int) -> None:
    data = bytearray(size)
    before = cache.digest(bytes(data))
    assert len(before) == 32
    if data:
        data[-1] ^= 1
        assert cache.digest(bytes(data)) != before
    assert cache.digest(bytes(data) + b"\0") != before
