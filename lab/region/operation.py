"""Runs a stack operation beside the requests."""

import threading
import traceback
from collections.abc import Callable

from moto.cloudformation.models import Stack

from .journal import Journal
from .log import say
from .state import changed


def start(stack: Stack, status: str, run: Callable[[], None]) -> None:
    """The stack has the status from here on, so that nobody who asks next sees an old one."""
    stack.status = status
    threading.Thread(target=hold, args=(stack, run), daemon=True).start()


def hold(stack: Stack, run: Callable[[], None]) -> None:
    with changed:
        try:
            run()
        except Exception as error:
            say("stack operation broke", stack=stack.name, error=repr(error), trace=traceback.format_exc(limit=-6))
            Journal(stack).operation(stack.status.split("_IN_PROGRESS")[0] + "_FAILED", getattr(error, "message", None) or repr(error))
