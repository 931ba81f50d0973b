"""Which instances of a group are ill, and must be replaced.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-health-checks.html
"""

from typing import Any

from moto.autoscaling.exceptions import ValidationError

from . import activities, targets
from .log import say
from .member import Member

GONE = "in response to an EC2 health check indicating it has been terminated or stopped"
ELB = "in response to an ELB system health check failure"
USER = "in response to a user health-check"


def judge(fleet: Any) -> None:
    for member in list(fleet.members):
        if not member.alive:
            bury(fleet, member)
        elif member.in_service and not member.outgoing and (reason := illness(fleet, member)):
            member.health_status = "Unhealthy"
            if "ReplaceUnhealthy" not in fleet.suspended:
                fleet.replace(member, reason)


def illness(fleet: Any, member: Member) -> str | None:
    if member.health_status == "Unhealthy":
        return USER
    if "ELB" in fleet.group.health_check_type and "HealthCheck" not in fleet.suspended and member.served_for() >= grace(fleet):
        return ELB if targets.unhealthy(fleet.group, member.instance_id) else None
    return None


def grace(fleet: Any) -> int:
    return int(fleet.group.health_check_grace_period or 0)


def bury(fleet: Any, member: Member) -> None:
    """EC2 no longer runs it, whoever ended it: nobody is left to complete a hook."""
    if not member.terminating:
        say("instance lost", group=fleet.group.name, instance=member.instance_id)
        activities.end(member.activity, "Failed" if member.pending else "Successful")
        member.activity = fleet.activities.begin(f"Terminating EC2 instance: {member.instance_id}",
                                                 f"At {activities.now()} an instance was taken out of service {GONE}.")
        fleet.lost += not member.outgoing
        targets.deregister(fleet.group, member.instance_id)
    if member.instance.state in ("stopping", "stopped"):
        fleet.group.ec2_backend.terminate_instances([member.instance_id])
    fleet.remove(member)


def told(fleet: Any, member: Member, status: str, respects_grace: bool) -> None:
    """https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_SetInstanceHealth.html"""
    if status not in ("Healthy", "Unhealthy"):
        raise ValidationError(f"Valid instance health states are: [Healthy, Unhealthy], got {status}")
    if respects_grace and (not member.in_service or member.served_for() < grace(fleet)):
        return
    member.health_status = status
    say("instance health set", group=fleet.group.name, instance=member.instance_id, status=status)
