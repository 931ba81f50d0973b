"""What the whole region shares: its account, and the one lock under which its state changes."""

import threading

ACCOUNT = "123456789012"

# moto's backends are plain dictionaries without locks. Every request and every step of a stack operation holds this
# lock; whoever changes what an operation may wait for (a signal, an instance) wakes the operations.
changed = threading.Condition(threading.RLock())
