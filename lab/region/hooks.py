"""Lifecycle hooks: what a group waits for before an instance serves, and before it ends.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks.html
"""

import time
from dataclasses import dataclass, field
from typing import Any

from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, LifecycleHook
from moto.moto_api._internal import mock_random

LAUNCHING, TERMINATING = "autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING"
HEARTBEAT_SECONDS = range(30, 7201)
# https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_LifecycleHook.html: GlobalTimeout is 48 hours or 100 times the heartbeat.
GLOBAL_SECONDS, GLOBAL_HEARTBEATS = 172_800, 100


@dataclass
class Action:
    """One instance that waits for one hook."""

    hook: LifecycleHook
    token: str = field(default_factory=lambda: str(mock_random.uuid4()))
    began: float = field(default_factory=time.monotonic)
    beat: float = field(default_factory=time.monotonic)
    result: str | None = None
    why: str = ""

    def look_at_clock(self) -> None:
        late = time.monotonic() - self.beat >= self.hook.heartbeat_timeout or time.monotonic() - self.began >= self.hook.global_timeout
        if self.result is None and late:
            self.end(self.hook.default_result, "Heartbeat Timeout")

    def heartbeat(self) -> None:
        """The heartbeat's time begins anew; the global one does not."""
        self.beat = time.monotonic()

    def end(self, result: str, why: str) -> None:
        self.result, self.why = result, why


def outcome(actions: list[Action]) -> str | None:
    """CONTINUE when all have ended so, ABANDON as soon as one has; None while the instance must wait."""
    for action in actions:
        action.look_at_clock()
    results = [action.result for action in actions]
    if "ABANDON" in results:
        return "ABANDON"
    return None if None in results else "CONTINUE"


def abandonment(actions: list[Action]) -> str:
    """The status reason of an activity whose instance was abandoned."""
    action = next(action for action in actions if action.result == "ABANDON")
    return f"Instance failed to complete user's Lifecycle Action: Lifecycle Action with token {action.token} was abandoned: {action.why}"


def of(group: FakeAutoScalingGroup, transition: str) -> list[LifecycleHook]:
    return [hook for hook in group.autoscaling_backend.describe_lifecycle_hooks(group.name) if hook.lifecycle_transition == transition]


def put(backend: AutoScalingBackend, group_name: str, spec: dict[str, Any]) -> LifecycleHook:
    """Creates a hook, or changes of one that exists what is given. Instances that wait already go on as they began."""
    key = f"{group_name}_{spec['LifecycleHookName']}"
    before = backend.lifecycle_hooks.get(key)
    transition = spec.get("LifecycleTransition") or (before and before.lifecycle_transition)
    if transition not in (LAUNCHING, TERMINATING):
        raise ValidationError(f"Invalid Lifecycle Transition: {transition}. Valid values are {LAUNCHING} and {TERMINATING}")
    timeout = int(spec.get("HeartbeatTimeout") or (before.heartbeat_timeout if before else 3600))
    if timeout not in HEARTBEAT_SECONDS:
        raise ValidationError("HeartbeatTimeout must be between 30 and 7200 seconds")
    hook = LifecycleHook(spec["LifecycleHookName"], group_name, transition, timeout, spec.get("DefaultResult") or (before and before.default_result))
    hook.global_timeout = min(GLOBAL_SECONDS, GLOBAL_HEARTBEATS * timeout)
    # moto makes up a queue and a role.
    hook.role_arn, hook.notification_target_arn = spec.get("RoleARN"), spec.get("NotificationTargetARN")
    backend.lifecycle_hooks[key] = hook
    return hook


def delete(group: FakeAutoScalingGroup, name: str) -> None:
    """https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DeleteLifecycleHook.html: who waits for it goes on, a launch as abandoned."""
    group.autoscaling_backend.lifecycle_hooks.pop(f"{group.name}_{name}", None)
    for action in [action for member in everyone(group) for action in member.actions if action.hook.name == name and action.result is None]:
        action.end("ABANDON" if action.hook.lifecycle_transition == LAUNCHING else "CONTINUE", "Lifecycle Hook deleted")


def everyone(group: FakeAutoScalingGroup) -> list[Any]:
    """Instances of a group, and those of its warm pool."""
    return [*group.instance_states, *(group.fleet.pool.members if hasattr(group, "fleet") else [])]


def active(group: FakeAutoScalingGroup, name: str, instance_id: str | None, token: str | None) -> Action:
    """The action that a call means, by its token or by its instance."""
    for member in everyone(group):
        for action in member.actions:
            named = action.token == token if token else member.instance_id == instance_id
            if named and action.hook.name == name and action.result is None:
                return action
    raise ValidationError(f"No active Lifecycle Action found with {f'token {token}' if token else f'instance ID {instance_id}'}")
