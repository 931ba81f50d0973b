"""WarmPool: instances that a group has made ready and stopped, from which it grows before it launches others.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-warm-pools.html
"""

from typing import Any

from moto.autoscaling.exceptions import ValidationError

from . import activities, lifecycle
from .activities import now
from .log import say
from .member import Member

STOPPED = "Warmed:Stopped"


class WarmPool:
    def __init__(self, fleet: Any) -> None:
        self.fleet, self.members = fleet, []
        self.given: dict[str, Any] | None = None
        """As PutWarmPool was told; None where the group has no pool."""

    def configure(self, given: dict[str, Any]) -> None:
        """https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutWarmPool.html"""
        merged = {**(self.given or {}), **{name: value for name, value in given.items() if value is not None}}
        if merged.get("PoolState", "Stopped") != "Stopped" or merged.get("InstanceReusePolicy"):
            raise ValidationError("not played: a warm pool whose instances run, hibernate or come back from the group; leave PoolState and InstanceReusePolicy out")
        if self.fleet.group.mixed_instances_policy:
            raise ValidationError("You can't add a warm pool to an Auto Scaling group that has a mixed instances policy.")
        self.given = merged
        say("warm pool changed", group=self.fleet.group.name, size=self.size)

    @property
    def size(self) -> int:
        """How many there must be: what is wanted at the least, and as many as the group may have prepared beside those that serve."""
        if self.given is None:
            return 0
        group, prepared = self.fleet.group, int(self.given.get("MaxGroupPreparedCapacity", -1))
        return max(int(self.given.get("MinSize", 0)), (group.max_size if prepared < 0 else prepared) - group.desired_capacity)

    @property
    def staying(self) -> list[Member]:
        return [member for member in self.members if not member.terminating]

    def step(self) -> None:
        for member in list(self.members):
            if not member.alive and member.lifecycle_state != STOPPED:
                activities.end(member.activity, "Failed" if not member.terminating else "Successful")
                self.fleet.remove(member)
            else:
                lifecycle.advance(self.fleet, member)
        self.renew()
        surplus = len(self.staying) - self.size
        for _ in range(-surplus):
            if self.fleet.may_launch:
                self.fleet.launch(into=self)
        for member in self.staying[:max(0, surplus)]:
            self.fleet.terminate(member, "in response to a difference between the size of the warm pool and its actual capacity")

    def renew(self) -> None:
        """A refresh replaces those of the pool too. Without one they stay what they were made as.
        https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_InstanceRefreshWarmPoolProgress.html"""
        if self.fleet.refresh:
            for member in [member for member in self.staying if not self.fleet.configuration.matches(member)]:
                self.fleet.terminate(member, "in response to an instance refresh")

    def lay_up(self, member: Member) -> str:
        """Its hooks are done: it waits, and costs what its disk does."""
        self.fleet.group.ec2_backend.stop_instances([member.instance_id])
        activities.end(member.activity)
        return "Stopped"

    def take(self) -> bool:
        """Starts one that is ready, which goes the way of any that was launched."""
        ready = [member for member in self.members if member.lifecycle_state == STOPPED and (not self.fleet.refresh or self.fleet.configuration.matches(member))]
        if not ready:
            return False
        member, fleet = ready[0], self.fleet
        self.members.remove(member)
        fleet.members.append(member)
        member.activity = fleet.activities.begin(f"Launching a new EC2 instance from warm pool: {member.instance_id}",
                                                 f"At {now()} an instance was taken from the warm pool, in response to a difference between desired and actual capacity.")
        fleet.group.ec2_backend.start_instances([member.instance_id])
        member.enter("Pending")
        lifecycle.advance(fleet, member)
        return True

    def delete(self) -> None:
        """https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DeleteWarmPool.html, by force: no hook holds it up."""
        self.given = None
        for member in list(self.members):
            self.fleet.remove(member)
