"""Persistent maps and lists: every version stays valid, sharing what did not change."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from operator import eq

from wasmlab.hints import TYPE_CHECKING, Any, Generic, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Iterator

V = TypeVar("V")
D = TypeVar("D")

_BITS = 5
_WIDTH = 1 << _BITS
_EMPTY: tuple[Any, ...] = (None,) * _WIDTH


class PersistentMap(Generic[V]):
    """A map from integers >= 0 to values other than None; changing it makes a new map.

    get, put and remove take O(log n) for the largest key n; keeping an old version costs nothing.
    """

    __slots__ = ("_count", "_depth", "_root")

    def __init__(self, root: tuple[Any, ...] = _EMPTY, depth: int = 1, count: int = 0) -> None:
        self._root = root
        self._depth = depth
        self._count = count

    @overload
    def get(self, key: int) -> V | None: ...
    @overload
    def get(self, key: int, default: D) -> V | D: ...
    def get(self, key: int, default: Any = None) -> Any:
        """Return the value of key, or default."""
        if key < 0 or key >> (self._depth * _BITS):
            return default
        node: Any = self._root
        for level in range(self._depth - 1, -1, -1):
            node = node[(key >> (level * _BITS)) & (_WIDTH - 1)]
            if node is None:
                return default
        return node

    def put(self, key: int, value: V) -> PersistentMap[V]:
        """Return a map that differs in key only; key >= 0."""
        root, depth = self._root, self._depth
        while key >> (depth * _BITS):
            root = (root, *_EMPTY[1:])
            depth += 1
        fresh = self.get(key) is None
        return PersistentMap(_with(root, depth - 1, key, value), depth, self._count + fresh)

    def remove(self, key: int) -> PersistentMap[V]:
        """Return a map without key; the same map if it has none."""
        if self.get(key) is None:
            return self
        return PersistentMap(
            _with(self._root, self._depth - 1, key, None), self._depth, self._count - 1
        )

    def items(self) -> Iterator[tuple[int, V]]:
        """Yield (key, value) by ascending key."""
        return _walk(self._root, self._depth - 1, 0)

    def values(self) -> Iterator[V]:
        """Yield the values by ascending key."""
        return (value for _, value in self.items())

    def __len__(self) -> int:
        return self._count

    def __contains__(self, key: int) -> bool:
        return self.get(key) is not None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PersistentMap):
            return NotImplemented
        theirs: PersistentMap[Any] = other  # pyright: ignore[reportUnknownVariableType] - any values compare
        if self._root is theirs._root:
            return True
        return len(self) == len(theirs) and all(
            mine == its for mine, its in zip(self.items(), theirs.items(), strict=True)
        )

    def __hash__(self) -> int:
        return hash(tuple(self.items()))


def _with(node: tuple[Any, ...] | None, level: int, key: int, value: object) -> tuple[Any, ...]:
    node = _EMPTY if node is None else node
    slot = (key >> (level * _BITS)) & (_WIDTH - 1)
    child = value if level == 0 else _with(node[slot], level - 1, key, value)
    return (*node[:slot], child, *node[slot + 1 :])


def _walk(node: tuple[Any, ...], level: int, prefix: int) -> Iterator[tuple[int, Any]]:
    for slot, child in enumerate(node):
        if child is not None:
            key = prefix << _BITS | slot
            if level == 0:
                yield key, child
            else:
                yield from _walk(child, level - 1, key)


_NAME_BITS = 20
"""Names are found by so many bits of their hash, which others cannot foresee."""


class PersistentNames(Mapping[str, V]):
    """A map from names to values, in the order in which they came; changing it makes a new map.

    A new name costs O(log n) time and memory, and old versions stay valid.
    """

    __slots__ = ("_by_name", "_by_order", "_next")

    def __init__(
        self,
        by_name: PersistentMap[tuple[tuple[str, int], ...]] | None = None,
        by_order: PersistentMap[tuple[str, V]] | None = None,
        following: int = 0,
    ) -> None:
        self._by_name = PersistentMap[tuple[tuple[str, int], ...]]() if by_name is None else by_name
        self._by_order = PersistentMap[tuple[str, V]]() if by_order is None else by_order
        self._next = following

    @classmethod
    def of(cls, names: Mapping[str, V]) -> PersistentNames[V]:
        """Return a map like another; the same if that is persistent."""
        if isinstance(names, PersistentNames):
            return names
        made = PersistentNames[V]()
        for name, value in names.items():
            made = made.put(name, value)
        return made

    def put(self, name: str, value: V) -> PersistentNames[V]:
        """Return a map with a name that is not in this one, as the last."""
        key, at = _name_key(name), self._next
        same = (*self._by_name.get(key, ()), (name, at))
        by_name, by_order = self._by_name.put(key, same), self._by_order.put(at, (name, value))
        return PersistentNames(by_name, by_order, at + 1)

    def without(self, name: str) -> PersistentNames[V]:
        """Return a map without a name that is in this one."""
        key, at = _name_key(name), self._order(name)
        rest = tuple(entry for entry in self._by_name.get(key, ()) if entry[0] != name)
        by_name = self._by_name.put(key, rest) if rest else self._by_name.remove(key)
        return PersistentNames(by_name, self._by_order.remove(at), self._next)

    def _order(self, name: str) -> int:
        for other, at in self._by_name.get(_name_key(name), ()):
            if other == name:
                return at
        raise KeyError(name)

    def __getitem__(self, name: str) -> V:
        found = self._by_order.get(self._order(name))
        if found is None:
            raise KeyError(name)
        return found[1]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._by_order.values())

    def __len__(self) -> int:
        return len(self._by_order)


def _name_key(name: str) -> int:
    return hash(name) & ((1 << _NAME_BITS) - 1)


class PersistentList(Generic[V]):
    """A list that only grows; appending makes a new one, and the old one is as it was.

    The versions of one history share their items. What is appended to an older version begins
    with a copy.
    """

    __slots__ = ("_items", "_size")

    def __init__(self, items: list[V] | None = None, size: int = 0) -> None:
        self._items = [] if items is None else items
        self._size = size

    def append(self, value: V) -> PersistentList[V]:
        """Return a list with one more item."""
        items, size = self._items, self._size
        if not size or len(items) > size:
            items = items[:size]
        items.append(value)
        return PersistentList(items, size + 1)

    def get(self, index: int) -> V | None:
        """Return an item, None where there is none."""
        return self._items[index] if 0 <= index < self._size else None

    def values(self) -> Iterator[V]:
        """Yield the items in order."""
        return islice(self._items, self._size)

    def __len__(self) -> int:
        return self._size

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PersistentList):
            return NotImplemented
        theirs: PersistentList[Any] = other  # pyright: ignore[reportUnknownVariableType] - any items compare
        if self._size != theirs._size:
            return False
        return self._items is theirs._items or all(map(eq, self.values(), theirs.values()))

    def __hash__(self) -> int:
        return hash(tuple(self.values()))
