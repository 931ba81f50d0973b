"""Rollout: how an update of a stack brings a group's instances to a changed configuration, as its update policy says.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html
"""

import time
from collections.abc import Callable
from typing import Any

from . import fleet, preferences, refresh, signals
from .declaration import Declaration
from .fleet import Fleet
from .log import say_once
from .member import Member
from .signals import MIN_SUCCESSFUL_PERCENT, Inbox, ResourceFailed, Waiting, enough_succeed
from .template import seconds

Announce = Callable[[str], None]
ROLLING, REFRESH = "AutoScalingRollingUpdate", "AutoScalingInstanceRefresh"
# A change of these makes the instances of the group obsolete.
PROPERTIES = {
    ROLLING: ("LaunchConfigurationName", "LaunchTemplate", "MixedInstancesPolicy", "PlacementGroup", "VPCZoneIdentifier"),
    REFRESH: ("LaunchTemplate", "MixedInstancesPolicy", "VPCZoneIdentifier", "AvailabilityZones", "AvailabilityZoneIds", "PlacementGroup"),
}
# CloudFormation's own defaults, which are not those of the API.
DEFAULTS = {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 110, "SkipMatching": True}


def policy_of(declaration: Declaration, before: dict[str, Any]) -> str | None:
    """The update policy that this change of a group calls for."""
    policies = declaration.template.get("UpdatePolicy", {})
    for name in policies.keys() - {ROLLING, REFRESH, "AutoScalingScheduledAction"}:
        say_once("update policy not played", name)
    if ROLLING in policies and REFRESH in policies:
        raise ResourceFailed(f"{ROLLING} and {REFRESH} cannot be specified together in an UpdatePolicy")
    return next((name for name, properties in PROPERTIES.items() if name in policies
                 and any(declaration.properties.get(property) != before.get(property) for property in properties)), None)


def play(declaration: Declaration, group: Any, name: str, announce: Announce, backwards: bool) -> Waiting:
    policy = declaration.update_policy[name]
    if name == REFRESH:
        # It has no use for signals: what a new instance waits for is its hook.
        yield from await_refresh(fleet.of(group), policy, announce, backwards)
        return
    with signals.inbox(declaration.stack_id, declaration.logical_id, announce) as box:
        yield from Rolling(fleet.of(group), policy, box).run()


def await_refresh(rolled: Fleet, policy: dict[str, Any], announce: Announce, backwards: bool) -> Waiting:
    if rolled.refresh:
        raise ResourceFailed("An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.")
    given = DEFAULTS | policy.get("Preferences", {})
    if backwards:
        # The alarm that sent the stack back may ring on for a while: it must not hold up the way back too.
        given.pop("AlarmSpecification", None)
    started = refresh.Refresh(rolled, preferences.read(given, rolled.group), None, policy["Strategy"])
    announce(f"Instance refresh {started.id} initiated, keeping at least {given['MinHealthyPercentage']}% of the group in service "
                 f"and at most {given['MaxHealthyPercentage']}%.")
    told = ("InProgress", 0)
    while started.status not in refresh.ENDED:
        yield
        if (now := (started.status, started.checkpoint)) != told and started.status in ("InProgress", "Baking"):
            told = now
            announce(f"Instance refresh {started.id} is {started.status} ({started.percentage}% complete).")
    if started.status != "Successful":
        raise ResourceFailed(f"Instance refresh {started.id} ended with status {started.status}. {started.reason or ''}".rstrip())
    announce(f"Instance refresh {started.id} completed successfully.")


class Rolling:
    """Replaces the group's obsolete instances batch by batch, and waits for the signals of each batch's new ones."""

    def __init__(self, rolled: Fleet, policy: dict[str, Any], box: Inbox) -> None:
        self.fleet, self.group, self.box = rolled, rolled.group, box
        self.keep = int(policy.get("MinInstancesInService", 0))
        self.batch = int(policy.get("MaxBatchSize", 1))
        self.percent = int(policy.get("MinSuccessfulInstancesPercent", MIN_SUCCESSFUL_PERCENT))
        self.waits = policy.get("WaitOnResourceSignals", False) in (True, "true")
        self.pause = policy.get("PauseTime", "PT5M" if self.waits else "PT0S")
        self.suspends = policy.get("SuspendProcesses", [])

    def run(self) -> Waiting:
        suspended = list(self.fleet.suspended)
        self.group._suspended_processes = [*{*suspended, *self.suspends}]
        try:
            self.fleet.obsolete = self.obsolete()
            yield from self.roll(self.fleet.obsolete)
        finally:
            self.fleet.surplus, self.fleet.obsolete = 0, []
            self.group._suspended_processes = suspended

    def obsolete(self) -> list[Member]:
        """Those of another configuration, or in a subnet that is no longer the group's."""
        wanted, subnets = self.fleet.configuration, (self.group.vpc_zone_identifier or "").split(",")
        return [member for member in self.fleet.counted if not wanted.matches(member) or member.instance.subnet_id not in subnets]

    def roll(self, obsolete: list[Member]) -> Waiting:
        capacity = self.group.desired_capacity
        # Where too few would be left, the group grows for a while, as far as its maximum lets it.
        extra = max(0, min(self.keep + min(self.batch, len(obsolete)) - capacity, self.group.max_size - capacity))
        size = max(1, min(self.batch, len(obsolete), capacity + extra - self.keep))
        timeout = f" Waiting on resource signals with a timeout of {self.pause} when new instances are added to the autoscaling group." if self.waits else ""
        self.box.announce(f"Rolling update initiated. Terminating {len(obsolete)} obsolete instance(s) in batches of {size}, "
                          f"while keeping at least {self.keep} instance(s) in service.{timeout}")
        if extra and obsolete:
            self.box.announce(f"Temporarily setting autoscaling group MinSize and DesiredCapacity to {capacity + extra}.")
            yield from self.add(extra, extra)
        for start in range(0, len(obsolete), size):
            batch = obsolete[start:start + size]
            yield from self.replace(batch, max(0, len(obsolete) - start - extra), 100 * (start + len(batch)) // len(obsolete))

    def replace(self, batch: list[Member], missing: int, progress: int) -> Waiting:
        """Terminates a batch; the last ones have their replacement already, where the group had grown."""
        ids, new = ",".join(member.instance_id for member in batch), min(len(batch), missing)
        self.box.announce(f"Terminating instance(s) [{ids}]; replacing with {new} new instance(s).")
        # What the last batch said says nothing about this one.
        self.box.received.clear()
        self.fleet.surplus -= len(batch) - new
        for member in batch:
            if member in self.fleet.counted:
                self.fleet.terminate(member, "in response to a user request")
        self.fleet.step()
        while any(member in self.fleet.members for member in batch):
            yield
        self.box.announce(f"Successfully terminated instance(s) [{ids}] (Progress {progress}%).")
        yield from self.await_new(new)

    def add(self, number: int, surplus: int) -> Waiting:
        self.box.received.clear()
        self.fleet.surplus = surplus
        self.fleet.step()
        yield from self.await_new(number)

    def await_new(self, number: int) -> Waiting:
        if self.waits and number:
            self.box.announce(f"New instance(s) added to autoscaling group - Waiting on {number} resource signal(s) with a timeout of {self.pause}.")
            yield from enough_succeed(self.box, number, seconds(self.pause), self.percent)
        elif not self.waits:
            end = time.monotonic() + seconds(self.pause)
            while time.monotonic() < end:
                yield
