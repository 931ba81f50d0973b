"""The events of a stack, as DescribeStackEvents tells them, and the status that they leave behind."""

from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import Event, Stack
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult

from .declaration import Declaration
from .log import say
from .patch import teach

PAGE = 100
"""Events in one answer. AWS documents a page of 1 MB and sends this many; moto sends all that a stack ever told, at each of a deployer's polls."""


def teach_moto() -> None:
    teach(CloudFormationResponse, "describe_stack_events")(lambda _, response: ActionResult(page(response)))


def page(response: CloudFormationResponse) -> dict[str, Any]:
    """Newest first. A token counts the events older than its page, so that those which come in the meantime shift nothing."""
    events = response.cloudformation_backend.describe_stack_events(response._get_param("StackName"))
    token = response._get_param("NextToken")
    if token is not None and not (token.isdecimal() and 0 < int(token) <= len(events)):
        raise ValidationError(message=f"NextToken must be one of an earlier answer, got {token!r}")
    end = int(token) if token else len(events)
    start = max(0, end - PAGE)
    return {"StackEvents": events[start:end][::-1], **({"NextToken": str(start)} if start else {})}


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
