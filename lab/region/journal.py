"""The events of a stack, as DescribeStackEvents tells them, and the status that they leave behind."""

from typing import Any

from moto.cloudformation.models import Event, Stack

from .declaration import Declaration
from .log import say


class Journal:
    def __init__(self, stack: Stack) -> None:
        self.stack = stack

    def resource(self, declaration: Declaration, status: str, reason: str | None = None, resource: Any = None) -> None:
        physical = getattr(resource, "physical_resource_id", None) or ""
        self.record(declaration.logical_id, physical, declaration.type, status, reason)

    def operation(self, status: str, reason: str | None = None) -> None:
        """An event of the stack itself, which becomes its status."""
        self.stack.status, self.stack.status_reason = status, reason
        self.record(self.stack.name, self.stack.stack_id, "AWS::CloudFormation::Stack", status, reason)

    def record(self, logical_id: str, physical: str, kind: str, status: str, reason: str | None) -> None:
        self.stack.events.append(Event(self.stack.stack_id, self.stack.name, logical_id, physical, kind, status, reason, None))
        say("stack event", stack=self.stack.name, resource=logical_id, type=kind, status=status, **({"reason": reason} if reason else {}))


def status_of(stack: Stack, logical_id: str) -> str | None:
    """The last status of a resource; None when the stack never had it."""
    return next((event.resource_status for event in reversed(stack.events) if event.logical_resource_id == logical_id), None)
