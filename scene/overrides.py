"""Settings changed for a while and put back."""

from __future__ import annotations

from types import TracebackType
from typing import Any


class Overrides:
    """Sets attributes and remembers what they were; as a context manager it puts them back.

    They are put back in the order in which they were remembered, because some properties limit
    what others accept: ``media_type`` has to come before ``file_format``.
    """

    def __init__(self) -> None:
        self._former: list[tuple[Any, str, Any]] = []

    def keep(self, owner: Any, *names: str) -> None:
        """Remember properties that change by themselves when a related one is set.

        Names that this Blender does not have are passed over.
        """
        for name in names:
            if hasattr(owner, name):
                self._former.append((owner, name, getattr(owner, name)))

    def set(self, owner: Any, name: str, value: Any) -> None:
        """Set ``owner.name``.

        Raises:
            AttributeError: this Blender has no such property; see :meth:`set_if_there`.
        """
        self._former.append((owner, name, getattr(owner, name)))
        setattr(owner, name, value)

    def set_if_there(self, owner: Any, name: str, value: Any) -> None:
        """Set a property that only some versions of Blender have."""
        if hasattr(owner, name):
            self.set(owner, name, value)

    def __enter__(self) -> Overrides:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.restore()

    def restore(self) -> None:
        """Put everything back; what is set afterwards is remembered anew."""
        restored = set()
        for owner, name, value in self._former:
            # Of a property that was set twice only the first value is the user's.
            if (key := (repr(owner), name)) not in restored:
                restored.add(key)
                setattr(owner, name, value)
        self._former.clear()
