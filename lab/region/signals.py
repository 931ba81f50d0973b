"""SignalResource, and the waiting for it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-creationpolicy.html
"""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import EmptyResult

from . import journal
from .log import say

Waiting = Generator[None, None, None]
MIN_SUCCESSFUL_PERCENT = 100  # MinSuccessfulInstancesPercent when the policy does not say


class ResourceFailed(Exception):
    """Why a resource could not be created or updated, in CloudFormation's words."""


@dataclass
class Inbox:
    """The signals of one resource. It is open only while the resource waits for them."""

    announce: Callable[[str], None]
    received: dict[str, str] = field(default_factory=dict)

    def count(self, status: str) -> int:
        return list(self.received.values()).count(status)


inboxes: dict[tuple[str, str], Inbox] = {}


@contextmanager
def inbox(stack_id: str, logical_id: str, announce: Callable[[str], None]) -> Iterator[Inbox]:
    inboxes[stack_id, logical_id] = opened = Inbox(announce)
    try:
        yield opened
    finally:
        del inboxes[stack_id, logical_id]


def all_succeed(box: Inbox, count: int, limit: int) -> Waiting:
    """Waits as a resource other than an Auto Scaling group does: the first failure ends it."""
    deadline = time.monotonic() + limit
    while box.count("SUCCESS") < count:
        if failed := [unique_id for unique_id, status in box.received.items() if status == "FAILURE"]:
            raise ResourceFailed(f"Received FAILURE signal with UniqueId {failed[0]}")
        if time.monotonic() > deadline:
            raise ResourceFailed(f"Failed to receive {count - box.count('SUCCESS')} resource signal(s) within the specified duration")
        yield


def enough_succeed(box: Inbox, count: int, limit: int, percent: int) -> Waiting:
    """Waits as an Auto Scaling group does, where a share of the instances may fail."""
    deadline, enough = time.monotonic() + limit, count * percent / 100
    while len(box.received) < count and count - box.count("FAILURE") >= enough and time.monotonic() < deadline:
        yield
    if box.count("SUCCESS") >= enough:
        return
    kind = "FAILURE" if box.count("FAILURE") else "SUCCESS"
    if kind == "SUCCESS":
        box.announce(f"Failed to receive {count - len(box.received)} resource signal(s) for the current batch. "
                     "Each resource signal timeout is counted as a FAILURE.")
    raise ResourceFailed(f"Received {box.count(kind)} {kind} signal(s) out of {count}. "
                         f"Unable to satisfy {percent}% MinSuccessfulInstancesPercent requirement")


def teach_moto() -> None:
    CloudFormationResponse.signal_resource = signal_resource


def signal_resource(response: CloudFormationResponse) -> EmptyResult:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_SignalResource.html"""
    stack = response.cloudformation_backend.get_stack(response._get_param("StackName"))
    logical_id, unique_id, status = (response._get_param(name) for name in ("LogicalResourceId", "UniqueId", "Status"))
    if len(unique_id) > 64:
        raise ValidationError(message=f"1 validation error detected: Value '{unique_id}' at 'uniqueId' failed to satisfy constraint: "
                                      "Member must have length less than or equal to 64")
    if not stack.status.endswith("IN_PROGRESS"):
        raise ValidationError(message=f"Stack {stack.stack_id} is in {stack.status} state and cannot be signaled")
    box = inboxes.get((stack.stack_id, logical_id))
    if box is None:
        state = journal.status_of(stack, logical_id)
        raise ValidationError(message=f"Resource {logical_id} is in {state} state and cannot be signaled" if state
                              else f"Resource {logical_id} does not exist for stack {stack.name}")
    say("signal received", stack=stack.name, resource=logical_id, status=status, uniqueId=unique_id)
    if unique_id not in box.received:
        box.received[unique_id] = status
        box.announce(f"Received {status} signal with UniqueId {unique_id}")
    return EmptyResult()
