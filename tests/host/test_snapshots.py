"""The state of a WASI instance as a value: kept, restored, compared."""

from __future__ import annotations

import random
import tracemalloc
from typing import TYPE_CHECKING

from guest import READ_WRITE, RESULT, Guest
from hypothesis import given
from hypothesis import strategies as st

from wasmlab.host.wasi.errno import Errno
from wasmlab.host.wasi.flags import OFlags
from wasmlab.host.wasi.fs.mount import Dir
from wasmlab.host.wasi.fs.tree import cut_pages, read_pages, to_pages, write_pages
from wasmlab.host.wasi.persistent import PersistentList, PersistentMap, PersistentNames
from wasmlab.host.wasi.wasi import Input, Wasi

if TYPE_CHECKING:
    from pathlib import Path

    from wasmlab.host.wasi.wasi import WasiSnapshot


def test_restore_takes_back_everything(guest: Guest) -> None:
    guest.create("keep", b"old")
    before = guest.wasi.snapshot()
    fd = guest.opened("keep", rights=READ_WRITE)
    guest.write(1, b"printed")
    guest.call("clock_time_get", 0, 0)
    guest.raw("random_get", 0, 16)
    assert guest.wasi.snapshot() != before
    guest.wasi.restore(before)
    assert guest.wasi.snapshot() == before
    assert guest.wasi.output == []
    assert guest.call("fd_close", fd) == Errno.EBADF


def test_restore_takes_back_files_in_memory(root: Path) -> None:
    guest = Guest(Wasi(dirs={"/": root}))
    before = guest.wasi.snapshot()
    guest.create("a.txt", b"changed")
    guest.call("path_unlink_file", 3, "sub/b.txt")
    guest.call("path_create_directory", 3, "new")
    after = guest.wasi.snapshot()
    guest.wasi.restore(before)
    assert guest.content("a.txt") == b"alpha"
    assert guest.content("sub/b.txt") == b"beta"
    assert guest.open("new") == Errno.ENOENT
    guest.wasi.restore(after)
    assert guest.content("a.txt") == b"changed"
    assert guest.open("sub/b.txt") == Errno.ENOENT


def test_same_calls_give_the_same_state_again(root: Path) -> None:
    guest = Guest(Wasi(dirs={"/": root}, stdin=b"some input"))

    def run() -> list[bytes]:
        found = [guest.read(0, 4), guest.content("a.txt")]
        guest.create("new", b"x" * 5000)
        guest.raw("random_get", 0x200, 8)
        found.append(bytes(guest.memory.data[0x200:0x208]))
        guest.call("clock_time_get", 0, 0)
        found.append(bytes(guest.memory.data[RESULT : RESULT + 8]))
        return found

    start = guest.wasi.snapshot()
    first, after = run(), guest.wasi.snapshot()
    guest.wasi.restore(start)
    assert run() == first
    assert guest.wasi.snapshot() == after


def test_files_stay_as_first_read_when_the_host_changes(root: Path) -> None:
    guest = Guest(Wasi(dirs={"/": root}))
    start = guest.wasi.snapshot()
    assert guest.content("a.txt") == b"alpha"
    (root / "a.txt").write_text("something else")
    (root / "later").write_text("new")
    guest.wasi.restore(start)
    assert guest.content("a.txt") == b"alpha"
    assert guest.open("later") == Errno.ENOENT


def test_typed_input_is_read_again_after_going_back() -> None:
    source = Input()
    guest = Guest(Wasi(stdin=source))
    start = guest.wasi.snapshot()
    source.feed(b"typed\n")
    assert guest.read(0) == b"typed\n"
    guest.wasi.restore(start)
    assert guest.read(0) == b"typed\n"


def test_two_futures_of_one_past_do_not_mix() -> None:
    guest = Guest(Wasi(dirs={"/": Dir()}))
    start = guest.wasi.snapshot()
    guest.create("one", b"1")
    guest.write(1, b"one")
    first = guest.wasi.snapshot()
    guest.wasi.restore(start)
    guest.create("two", b"2")
    guest.write(1, b"two")
    assert guest.open("one") == Errno.ENOENT
    guest.wasi.restore(first)
    assert guest.open("two") == Errno.ENOENT
    assert guest.wasi.printed(1) == b"one"


def test_real_file_can_be_read_again_after_going_back_over_its_closing(root: Path) -> None:
    with Wasi(dirs={"/": root}, real_dirs=True) as wasi:
        guest = Guest(wasi)
        fd = guest.opened("a.txt")
        opened = wasi.snapshot()
        guest.call("fd_close", fd)
        wasi.restore(opened)
        assert guest.read(fd) == b"alpha"


def test_freed_content_is_not_held() -> None:
    guest = Guest(Wasi(dirs={"/": Dir()}))
    empty = guest.wasi.snapshot().trees[0]
    fd = guest.opened("f", OFlags.CREAT, READ_WRITE)
    guest.write(fd, b"x" * 10_000)
    guest.call("path_unlink_file", 3, "f")
    guest.call("fd_close", fd)
    tree = guest.wasi.snapshot().trees[0]
    assert empty is not None
    assert tree is not None
    assert tree.pages == 0
    assert len(tree.opens) == 0
    assert len(tree.nodes) == 1


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 9) | st.none()), max_size=60))
def test_persistent_map_is_a_dict_of_which_old_versions_stay(
    changes: list[tuple[int, int | None]],
) -> None:
    model: dict[int, int] = {}
    version: PersistentMap[int] = PersistentMap()
    history: list[tuple[PersistentMap[int], dict[int, int]]] = []
    for key, value in changes:
        if value is None:
            model.pop(key, None)
            version = version.remove(key)
        else:
            model[key] = value
            version = version.put(key, value)
        history.append((version, dict(model)))
    for kept, expected in history:
        assert list(kept.items()) == sorted(expected.items())
        assert len(kept) == len(expected)
        assert all((key in kept) == (key in expected) for key, _ in changes)


def test_persistent_maps_with_the_same_items_are_equal() -> None:
    one: PersistentMap[str] = PersistentMap()
    two: PersistentMap[str] = PersistentMap()
    assert one.put(1, "a").put(2, "b") == two.put(2, "b").put(1, "a").put(999, "c").remove(999)
    assert one.put(1, "a") != two.put(1, "b")
    assert one.put(1, "a") != "a"
    assert hash(one.put(1, "a")) == hash(two.put(1, "a"))
    assert one.get(-1) is None


@given(st.lists(st.tuples(st.integers(0, 30), st.integers())))
def test_persistent_list_keeps_all_its_versions(appended: list[tuple[int, int]]) -> None:
    history: list[tuple[PersistentList[int], list[int]]] = [(PersistentList(), [])]
    for which, value in appended:
        version, model = history[which % len(history)]
        history.append((version.append(value), [*model, value]))
    for version, model in history:
        assert list(version.values()) == model
        assert [version.get(at) for at in range(-1, len(model) + 1)] == [None, *model, None]
        assert len(version) == len(model)
    for one, model in history:
        assert [one == other for other, _ in history] == [model == its for _, its in history]
        assert hash(one) == hash(next(other for other, its in history if model == its))


@given(
    st.lists(st.tuples(st.integers(0, 9000), st.binary(max_size=5000)), max_size=6),
    st.integers(0, 12_000),
)
def test_pages_are_a_bytearray_that_grows(writes: list[tuple[int, bytes]], cut: int) -> None:
    pages, model = to_pages(b""), bytearray()
    for start, data in writes:
        pages = write_pages(pages, start, data)
        model.extend(bytes(max(0, start + len(data) - len(model))))
        model[start : start + len(data)] = data
    assert read_pages(pages, 0, len(model)) == model
    pages = cut_pages(pages, cut)
    expected = bytes(model[:cut]).ljust(15_000, b"\0")
    assert read_pages(pages, 0, 15_000) == expected
    assert read_pages(to_pages(bytes(model)), 0, len(model)) == model


def test_persistent_names_keep_their_order_and_every_version() -> None:
    rng = random.Random(7)  # noqa: S311 - a test repeats itself
    version, model = PersistentNames[int](), dict[str, int]()
    history: list[tuple[PersistentNames[int], dict[str, int]]] = []
    for value in range(400):
        name = f"n{rng.randrange(80)}"
        if name in model:
            version = version.without(name)
            del model[name]
        else:
            version = version.put(name, value)
            model[name] = value
        history.append((version, dict(model)))
    for kept, wanted in history:
        assert list(kept.items()) == list(wanted.items())
        assert len(kept) == len(wanted)
        assert ("n3" in kept) == ("n3" in wanted)


def test_directory_that_grows_shares_its_entries_between_snapshots() -> None:
    guest = Guest(Wasi(dirs={"/": Dir()}))
    kept: list[WasiSnapshot] = []
    tracemalloc.start()
    try:
        for number in range(1500):
            guest.rewind()
            assert guest.call("path_create_directory", 3, f"d{number}") == Errno.SUCCESS
            kept.append(guest.wasi.snapshot())
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert used < 40 << 20, "1,500 copies of the directory would take 100 MB"
