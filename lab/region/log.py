"""The region's log: one JSON line an event on stderr, a short past-tense phrase and its fields."""

import datetime
import json
import sys
from typing import Any

from .state import note

said_once: set[str] = set()


def say(event: str, **fields: Any) -> None:
    note()
    time = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
    print(json.dumps({"time": time, "event": event, **fields}, default=str), file=sys.stderr, flush=True)


def say_once(event: str, subject: str) -> None:
    """Says it for the first time only: the tenth resource of a type that is not played is no news."""
    if (key := f"{event} {subject}") not in said_once:
        said_once.add(key)
        say(event, subject=subject)
