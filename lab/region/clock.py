"""What happens in the region because time passes: a beat every so often, beside the requests."""

import threading
import time
import traceback
from collections.abc import Callable

from .log import say
from .state import changed


def every(seconds: float, beat: Callable[[], None]) -> None:
    threading.Thread(target=run, args=(seconds, beat), daemon=True).start()


def run(seconds: float, beat: Callable[[], None]) -> None:
    while True:
        time.sleep(seconds)
        with changed:
            try:
                beat()
            except Exception as error:
                say("beat failed", beat=beat.__qualname__, error=repr(error), trace=traceback.format_exc(limit=-4))
            # Somebody may wait for what just changed: an alarm, a target that is gone.
            changed.notify_all()
