"""What the whole region shares: its account, and the one lock under which its state changes."""

import threading
from typing import Any

ACCOUNT = "123456789012"

# moto's backends are plain dictionaries without locks. Every request and every step of a stack operation holds this
# lock; whoever changes what an operation may wait for (a signal, an instance) wakes the operations.
changed = threading.Condition(threading.RLock())

CHANGES_PATH = "/lab/changes"
changes = 0


def note() -> None:
    """Something may be another than it was: said by whoever did it, while they hold the lock."""
    global changes
    changes += 1


def told(_: Any) -> int:
    """How often that was said: whoever knows the number need not ask for all there is again."""
    return changes
