"""Refresh: an instance refresh, which replaces the instances of a group a few at a time.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-overview.html
"""

import datetime
import math
import time
from collections import Counter
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.moto_api._internal import mock_random

from . import configuration
from .fleet import HOLD_SECONDS, Fleet
from .log import say
from .member import Member
from .preferences import Preferences
from .state import ACCOUNT

ENDED = ("Successful", "Failed", "Cancelled", "RollbackFailed", "RollbackSuccessful")
# https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-instance-refresh.html: it fails when it gets no further for an hour.
STALLED_SECONDS = 3600


class Refresh:
    def __init__(self, fleet: Fleet, preferences: Preferences, desired: dict[str, Any] | None, strategy: str = "Rolling") -> None:
        self.fleet, self.preferences, self.desired, self.asked, self.strategy = fleet, preferences, desired, desired, strategy
        self.id, self.status, self.reason = str(mock_random.uuid4()), "Pending", None
        self.started, self.ended, self.rollback = datetime.datetime.now(datetime.UTC), None, None
        self.percentage, self.to_update, self.checkpoint = 0, 0, 0
        self.todo: set[str] = set()
        """Without skip matching, the instances that it found."""
        self.until = 0.0
        """When a checkpoint's delay, or the bake time, is over."""
        self.moved, self.last = time.monotonic(), (0, 0)
        fleet.refresh = self
        fleet.refreshes.insert(0, self)
        self.tell("instance refresh started")

    def step(self) -> None:
        if self.status == "Pending":
            self.todo = {member.instance_id for member in self.fleet.counted}
            self.status = "InProgress"
            if not self.outdated():
                return self.end("Successful", None)
        if self.status in ("InProgress", "Baking") and (alarm := self.alarm()):
            return self.fail(f"Instance refresh failed: the CloudWatch alarm {alarm} went into the ALARM state.")
        if self.status == "Baking":
            return self.succeed() if time.monotonic() >= self.until else None
        if time.monotonic() >= self.until:
            self.replace()

    def replace(self) -> None:
        desired, goal = self.fleet.group.desired_capacity, self.goal()
        self.retire(len(self.outdated()) - (desired - goal))
        outdated, renewed = self.outdated(), self.renewed()
        remaining = max(0, len(outdated) - (desired - goal))
        self.fleet.surplus = min(self.most() - desired, remaining)
        self.follow(len(outdated), len(renewed))
        if remaining == 0 and len(renewed) >= goal:
            self.reach()

    def goal(self) -> int:
        """How many instances must be new for the checkpoint that comes next."""
        percent = 100 if self.rollback else self.preferences.checkpoints[self.checkpoint]
        return math.ceil(self.fleet.group.desired_capacity * percent / 100)

    def most(self) -> int:
        """How many instances there may be for the time being: at least one more, where there may be more at all."""
        return math.ceil(self.fleet.group.desired_capacity * self.preferences.max_healthy / 100)

    def least(self) -> int:
        """How many must serve: where there may not be more than desired, one must go first."""
        return min(math.ceil(self.fleet.group.desired_capacity * self.preferences.min_healthy / 100), self.most() - 1)

    def outdated(self) -> list[Member]:
        wanted = self.fleet.configuration
        by_id = not self.preferences.skip_matching and not self.rollback
        found = [member for member in self.fleet.counted if not wanted.matches(member) or (by_id and member.instance_id in self.todo)]
        return [member for member in found if not (member.protected_from_scale_in and self.preferences.protected == "Ignore")]

    def renewed(self) -> list[Member]:
        """New ones that serve, and have warmed up."""
        outdated = self.outdated()
        return [member for member in self.fleet.in_service if member not in outdated and member.served_for() >= self.preferences.warmup]

    def retire(self, number: int) -> None:
        """Takes outdated instances out of service, as long as enough others serve; those that do not serve yet are nobody's loss."""
        zones = Counter(member.availability_zone for member in self.fleet.counted)
        for member in sorted(self.outdated(), key=lambda member: (member.in_service, -zones[member.availability_zone], member.instance.launch_time)):
            outdated = [other for other in self.outdated() if other.in_service]
            if number <= 0 or (member.in_service and len(outdated) + len(self.renewed()) - 1 < self.least()):
                return
            if member.protected_from_scale_in and self.preferences.protected == "Wait":
                self.reason = (f"Waiting for remaining instances to be available. For example: {member.instance_id} is protected. "
                               "Remove instance scale-in protection to continue.")
                continue
            self.fleet.terminate(member, "in response to an instance refresh")
            number -= 1

    def follow(self, outdated: int, renewed: int) -> None:
        size = max(1, self.fleet.group.desired_capacity)
        self.percentage, self.to_update = min(100, 100 * renewed // size), outdated
        if (outdated, renewed) != self.last:
            self.moved, self.last, self.reason = time.monotonic(), (outdated, renewed), None
        waiting = next((member for member in self.fleet.counted if member.pending), None)
        if waiting and not self.reason:
            self.reason = (f"Waiting for remaining instances to be available. For example: {waiting.instance_id} "
                           "has insufficient data to evaluate its health with Amazon EC2.")
        if time.monotonic() - self.moved > STALLED_SECONDS:
            self.fail("Instance refresh failed: it made no progress for an hour.")

    def reach(self) -> None:
        if self.rollback:
            return self.end("RollbackSuccessful", self.reason)
        if self.checkpoint + 1 < len(self.preferences.checkpoints):
            self.tell("checkpoint reached", percent=self.preferences.checkpoints[self.checkpoint], delay=self.preferences.checkpoint_delay)
            self.checkpoint, self.until = self.checkpoint + 1, time.monotonic() + self.preferences.checkpoint_delay
            return None
        self.status, self.reason, self.until = "Baking", None, time.monotonic() + self.preferences.bake
        self.tell("instance refresh bakes", seconds=self.preferences.bake)
        return self.step()

    def alarm(self) -> str | None:
        known = cloudwatch_backends[ACCOUNT][self.fleet.group.region].alarms
        return next((name for name in self.preferences.alarms if name in known and known[name].state_value == "ALARM"), None)

    def succeed(self) -> None:
        """The group keeps what was desired, for all instances that it launches from now on."""
        if self.desired:
            configuration.adopt(self.fleet.group, self.desired)
        self.end("Successful", None)

    def fail(self, reason: str) -> None:
        if self.rollback:
            self.end("RollbackFailed", reason)
        elif self.preferences.auto_rollback:
            self.roll_back(reason)
        else:
            self.end("Failed", reason)

    def roll_back(self, reason: str) -> None:
        """Back to what the group itself is configured with; no alarm or checkpoint stops it."""
        self.rollback = {"RollbackReason": reason, "RollbackStartTime": datetime.datetime.now(datetime.UTC),
                         "PercentageCompleteOnRollback": self.percentage, "InstancesToUpdateOnRollback": self.to_update}
        self.desired, self.status, self.reason, self.until = None, "RollbackInProgress", reason, 0.0
        self.tell("instance refresh rolls back", reason=reason)
        self.step()

    def end(self, status: str, reason: str | None) -> None:
        self.status, self.reason, self.ended = status, reason, datetime.datetime.now(datetime.UTC)
        if status.endswith("Successful"):
            self.percentage, self.to_update = 100, 0
        else:
            self.fleet.holds_until = time.monotonic() + HOLD_SECONDS
        self.fleet.refresh, self.fleet.surplus = None, 0
        self.tell("instance refresh ended", **({"reason": reason} if reason else {}))

    def tell(self, event: str, **fields: Any) -> None:
        say(event, group=self.fleet.group.name, refresh=self.id, status=self.status, **fields)

    def told(self) -> dict[str, Any]:
        optional = {"StatusReason": self.reason, "EndTime": self.ended, "DesiredConfiguration": self.asked, "RollbackDetails": self.rollback}
        return {"InstanceRefreshId": self.id, "AutoScalingGroupName": self.fleet.group.name, "Status": self.status, "StartTime": self.started,
                "PercentageComplete": self.percentage, "InstancesToUpdate": self.to_update, "Preferences": self.preferences.given,
                "Strategy": self.strategy, **{name: value for name, value in optional.items() if value is not None}}


def literal(fleet: Fleet) -> bool:
    """Whether a rollback could find the way back: a numbered version, and an image by its id."""
    version = str((fleet.group.launch_template or {}).get("Version"))
    if fleet.group.mixed_instances_policy:
        version = str(fleet.group.mixed_instances_policy["LaunchTemplate"]["LaunchTemplateSpecification"].get("Version"))
    return version.isdigit() and not configuration.of(fleet.group).version.data.get("ImageId", "").startswith("resolve:ssm:")
