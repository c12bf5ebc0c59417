"""Python's cycle collector stays out of the client's threads."""

import gc
import threading

from maquette.client.collector import CollectorPause


def test_it_is_off_while_any_thread_works_and_on_again_afterwards() -> None:
    pause = CollectorPause()
    assert gc.isenabled()
    pause.begin()
    pause.begin()
    pause.end()
    assert not gc.isenabled()
    assert pause.held
    pause.end()
    assert gc.isenabled()
    assert not pause.held


def test_a_collector_that_was_off_stays_off() -> None:
    pause = CollectorPause()
    gc.disable()
    try:
        pause.begin()
        pause.end()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_garbage_of_a_working_thread_is_collected_by_the_main_thread() -> None:
    pause = CollectorPause()
    collected_in: list[str] = []

    def note(phase: str, _: object) -> None:
        if phase == "start":
            collected_in.append(threading.current_thread().name)

    def litter() -> None:
        for _ in range(20_000):
            cycle: list[object] = []
            cycle.append(cycle)
        pause.end()

    pause.begin()
    gc.callbacks.append(note)
    try:
        thread = threading.Thread(target=litter, name="litter")
        pause.begin()
        thread.start()
        thread.join()
        pause.collect()
    finally:
        gc.callbacks.remove(note)
        pause.end()
    assert collected_in == ["MainThread"]
