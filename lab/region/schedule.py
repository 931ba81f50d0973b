"""Plays the resources of a change in the order that they need each other, side by side where they do not."""

from collections.abc import Callable

from .signals import Waiting
from .state import changed

# How often a deadline is looked at; signals wake the schedule by themselves.
TICK_SECONDS = 0.25


def play(needs: dict[str, set[str]], start: Callable[[str], Waiting], fail: Callable[[str, str], None]) -> list[str]:
    """Starts each resource when those that it needs are done. The first failure cancels the rest.
    @returns the logical ids that failed; called with the region's lock held, which it lets go while everyone waits
    """
    pending, running, failed = dict(needs), {}, []
    while (pending or running) and not failed:
        unfinished = pending.keys() | running.keys()
        ready = [logical_id for logical_id, needed in pending.items() if not needed & unfinished]
        if not ready and not running:
            raise ValueError(f"Circular dependency between resources: [{', '.join(sorted(pending))}]")
        for logical_id in ready:
            del pending[logical_id]
            running[logical_id] = start(logical_id)
        if not advance(running, failed, fail) and not failed:
            changed.wait(TICK_SECONDS)
    for logical_id, steps in running.items():
        steps.close()
        fail(logical_id, "Resource creation cancelled")
    return failed


def advance(running: dict[str, Waiting], failed: list[str], fail: Callable[[str, str], None]) -> bool:
    """One step of everything that runs. @returns whether anything came to its end"""
    ended = []
    for logical_id, steps in running.items():
        try:
            next(steps)
        except StopIteration:
            ended.append(logical_id)
        except Exception as error:
            ended.append(logical_id)
            failed.append(logical_id)
            fail(logical_id, getattr(error, "message", None) or str(error) or repr(error))
    for logical_id in ended:
        del running[logical_id]
    return bool(ended)
