"""How the region teaches moto: replace a method and keep the plain one at hand."""

from collections.abc import Callable
from functools import wraps
from typing import Any


def teach(owner: Any, name: str) -> Callable[[Callable[..., Any]], None]:
    """Puts `replacement(plain, *arguments)` in a method's place; it gets the plain method first."""
    plain = getattr(owner, name)

    def put(replacement: Callable[..., Any]) -> None:
        @wraps(plain)
        def taught(*arguments: Any, **named: Any) -> Any:
            return replacement(plain, *arguments, **named)

        setattr(owner, name, taught)

    return put
