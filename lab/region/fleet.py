"""Fleet: the instances of one Auto Scaling group, kept at the size that the group should have.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-benefits.html
"""

import time
from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup

from . import activities, configuration, health, instances, lifecycle, placement, targets
from .activities import Activities, now
from .configuration import Configuration
from .log import say
from .member import Member
from .warm_pool import WarmPool

RETRY_SECONDS = 10
# By then whoever watches a refresh that failed has begun to take it back, and knows better which instances are too many.
HOLD_SECONDS = 30


def of(group: FakeAutoScalingGroup) -> "Fleet":
    return group.__dict__.get("fleet") or group.__dict__.setdefault("fleet", Fleet(group))


class Fleet:
    def __init__(self, group: FakeAutoScalingGroup) -> None:
        self.group = group
        self.activities = Activities(group.name, group.arn)
        self.pool = WarmPool(self)
        self.refresh: Any = None
        """The instance refresh that runs."""
        self.refreshes: list[Any] = []
        self.surplus = 0
        """How many instances more than desired a refresh or a rolling update wants for the time being."""
        self.tries_again = self.holds_until = 0.0
        """When it launches again what EC2 refused, and when it goes back to its size after a refresh that failed."""
        self.obsolete: list[Member] = []
        """Whom a rolling update replaces."""
        self.lost = 0
        """How many were taken out of service and are to be replaced."""
        self.resized = ""
        """Why the desired capacity is what it is, for the cause of an activity."""

    @property
    def members(self) -> list[Member]:
        return self.group.instance_states

    @property
    def counted(self) -> list[Member]:
        """Those that make up the capacity: an instance that terminates no longer does, nor one that is to be replaced first."""
        return [member for member in self.members if (member.pending or member.in_service) and not member.outgoing]

    @property
    def in_service(self) -> list[Member]:
        return [member for member in self.counted if member.in_service]

    @property
    def staying(self) -> list[Member]:
        """Those that no refresh and no rolling update is about to replace."""
        going = self.refresh.outdated() if self.refresh else self.obsolete
        return [member for member in self.counted if member not in going]

    @property
    def suspended(self) -> list[str]:
        return self.group._suspended_processes

    @property
    def configuration(self) -> Configuration:
        """From what the next instance is launched: what a refresh wants, as long as it runs."""
        desired = self.refresh.desired if self.refresh else None
        return configuration.resolve(self.group, desired) if desired else configuration.of(self.group)

    def step(self) -> None:
        """Does whatever can be done now. Called when something changed, and every tick."""
        health.judge(self)
        for member in list(self.members):
            lifecycle.advance(self, member)
        if self.refresh:
            self.refresh.step()
        if len(self.in_service) >= self.group.desired_capacity:
            for member in [member for member in self.members if member.outgoing and member.in_service]:
                self.terminate(member, "after its replacement went into service")
        self.keep_size()
        self.pool.step()

    def keep_size(self) -> None:
        missing = self.group.desired_capacity + self.surplus - len(self.counted)
        for _ in range(missing):
            if self.may_launch and not self.pool.take():
                self.launch()
        holds = "Terminate" in self.suspended or time.monotonic() < self.holds_until
        for _ in range(0 if holds else -missing):
            if (member := placement.least_wanted(self)) is None:
                return
            before = len(self.counted)
            self.terminate(member, f"in response to a difference between desired and actual capacity, shrinking the capacity from {before} to {before - 1}",
                           f"  At {now()} instance {member.instance_id} was selected for termination.")

    @property
    def may_launch(self) -> bool:
        return "Launch" not in self.suspended and time.monotonic() >= self.tries_again

    def launch(self, into: WarmPool | None = None) -> None:
        """Into service, or into the warm pool."""
        cause = self.cause_of_launch() if into is None else f"At {now()} an instance was launched into the warm pool, whose size is {into.size}."
        try:
            wanted = self.configuration
            instance = instances.launch(self.group, wanted, placement.emptiest_subnet(self), wanted.wants_spot(self.counted))
        except Exception as error:
            # What EC2 refuses is a failed activity, which the group tries again later.
            self.tries_again = time.monotonic() + RETRY_SECONDS
            reason = getattr(error, "message", None) or repr(error)
            say("launch refused", group=self.group.name, error=reason)
            return activities.end(self.activities.begin("Launching a new EC2 instance", cause), "Failed", reason)
        instance.autoscaling_group = self.group
        launching = self.activities.begin(f"Launching a new EC2 instance{' into warm pool' if into else ''}: {instance.id}", cause)
        member = Member(instance, self.group, wanted.version, launching, "Warmed:Pending" if into else "Pending")
        (self.members if into is None else into.members).append(member)
        lifecycle.advance(self, member)

    def cause_of_launch(self) -> str:
        before = len(self.counted)
        if self.lost > 0:
            self.lost -= 1
            return f"At {now()} an instance was launched in response to an unhealthy instance needing to be replaced."
        if self.refresh and before >= self.group.desired_capacity:
            return f"At {now()} an instance was launched in response to an instance refresh."
        return (f"{self.resized}  At {now()} an instance was started in response to a difference between desired and actual capacity, "
                f"increasing the capacity from {before} to {before + 1}.").lstrip()

    def terminate(self, member: Member, reason: str, more: str = "") -> None:
        """Begins to: out of its target groups, then its hooks, then its end."""
        cause = f"At {now()} an instance was taken out of service {reason}.{more}"
        member.activity = self.activities.begin(f"Terminating EC2 instance: {member.instance_id}", cause)
        say("instance leaves", group=self.group.name, instance=member.instance_id, cause=cause)
        member.enter(f"{member.warmed}Terminating")
        targets.deregister(self.group, member.instance_id)
        lifecycle.advance(self, member)

    def replace(self, member: Member, reason: str) -> None:
        """Terminates it and launches another meanwhile; or the other way round, when the group's maintenance policy says so.
        https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-instance-maintenance-policy.html"""
        self.lost += 1
        if (self.group.instance_maintenance_policy or {}).get("MinHealthyPercentage") == 100 and member.alive:
            member.outgoing = True
        else:
            self.terminate(member, reason)

    def remove(self, member: Member) -> None:
        """Its end: hooks and load balancers have had their say."""
        (self.pool.members if member.warmed else self.members).remove(member)
        if member.instance.state != "terminated":
            self.group.ec2_backend.terminate_instances([member.instance_id])
        activities.end(member.activity)
        say("instance gone", group=self.group.name, instance=member.instance_id)

    def end_at_once(self) -> None:
        """Without hooks: the group is deleted by force."""
        self.group.desired_capacity, self.surplus = 0, 0
        self.pool.delete()
        for member in list(self.members):
            self.remove(member)
