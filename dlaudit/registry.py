"""One registry for everything that can be added without touching the core.

Metrics, attributors, modalities, model formats, probes, findings, outputs and report sections are functions that
register themselves under a name. Third parties do the same from a package that declares the entry-point group
`dlaudit.plugins`; those packages are imported only when a name is asked for that is not known yet.
"""

from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from typing import Generic, TypeVar

from dlaudit.errors import UsageError, listed, nearest, shown

T = TypeVar("T")


class Registry(Generic[T]):
    """A name → item table that can say what it knows.

    Args:
        noun: What an item is called in messages, as `metric`.
    """

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self._items: dict[str, T] = {}
        self._plugins_loaded = False

    def add(self, name: str, item: T) -> T:
        """Register `item`; a name can be taken only once."""
        if name in self._items:
            raise AssertionError(f"two items are called {name!r} in the registry of {self.noun}s")
        self._items[name] = item
        return item

    def register(self, name: str) -> Callable[[T], T]:
        """`add` as a decorator."""
        return lambda item: self.add(name, item)

    def get(self, name: str, *, code: str = "DLA106") -> T:
        """The item of that name.

        Raises:
            UsageError: No such item, with the nearest name and all known ones.
        """
        if name not in self._items:
            self._load_plugins()
        if name not in self._items:
            raise UsageError(
                code,
                f"there is no {self.noun} {shown(name)}",
                fix=f"Known {self.noun}s: {listed(self, most=40, quote=False)}.{nearest(name, self)}",
            )
        return self._items[name]

    def __contains__(self, name: object) -> bool:
        return name in self._items

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def items(self) -> list[tuple[str, T]]:
        """Names and items in the order of registration."""
        return list(self._items.items())

    def _load_plugins(self) -> None:
        if self._plugins_loaded:
            return
        self._plugins_loaded = True
        for plugin in entry_points(group="dlaudit.plugins"):
            plugin.load()
