"""Keep Python's cycle collector out of the client's threads.

The collector runs in whichever thread happens to allocate, and frees whatever it finds, Blender's
objects included. Blender lets other threads run while it carries out an operator, so that such a
collection can free a Blender object at the moment in which Blender frees the file it belongs to;
that corrupts memory. While a thread of the client works, the collector is therefore off, and the
timer on the main thread collects in its place.
"""

from __future__ import annotations

import gc
import threading


class CollectorPause:
    """Counts the threads at work; the first one switches the collector off, the last one on.

    Plain methods and no context manager from a generator: nothing that the collector tracks may
    be allocated before it is off.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holders = 0
        self._was_on = False

    @property
    def held(self) -> bool:
        """True while a thread keeps the collector off."""
        return self._holders > 0

    def begin(self) -> None:
        """Call before a thread works."""
        self._lock.acquire()
        if self._holders == 0:
            self._was_on = gc.isenabled()
            gc.disable()
        self._holders += 1
        self._lock.release()

    def end(self) -> None:
        """Call when it is done, also after an error."""
        self._lock.acquire()
        self._holders -= 1
        if self._holders == 0 and self._was_on:
            gc.enable()
        self._lock.release()

    def collect(self) -> None:
        """Collect young garbage; for the main thread, which has nothing to fear from it."""
        if self.held and gc.get_count()[0] > gc.get_threshold()[0]:
            gc.collect(1)


PAUSE = CollectorPause()
