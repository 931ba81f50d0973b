"""Spot notices: the lab tells an instance that EC2 takes it back, and two minutes later EC2 does.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
"""

import datetime
import time
from typing import Any

from moto.autoscaling.models import autoscaling_backends
from moto.ec2.models import ec2_backends

from . import fleet
from .log import say
from .state import ACCOUNT

NOTICE_PATH, NOTICES_PATH = "/lab/spot-notice", "/lab/spot-notices"
NOTICE_SECONDS = 120

# By instance: when it ends, by the wall clock and by the monotonic one.
notices: dict[str, tuple[str, float]] = {}


def notice(body: dict[str, str]) -> dict[str, str]:
    """Any instance takes one, on demand or spot: a rehearsal need not buy spot. The rebalance recommendation comes with it."""
    instance = find(body["instance"])
    if instance is None or instance.state != "running":
        raise ValueError(f"{NOTICE_PATH}: instance must be running, got {body['instance']}; name one that status shows")
    ends = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=NOTICE_SECONDS)
    notices.setdefault(instance.id, (ends.strftime("%Y-%m-%dT%H:%M:%SZ"), time.monotonic() + NOTICE_SECONDS))
    say("spot notice given", instance=instance.id, ends=notices[instance.id][0])
    recommend_rebalance(instance.id)
    return told()


def recommend_rebalance(instance_id: str) -> None:
    """https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-capacity-rebalancing.html: a replacement is launched
    before the instance is terminated, when the group says so."""
    for group in [group for backend in autoscaling_backends[ACCOUNT].values() for group in backend.autoscaling_groups.values()]:
        for member in fleet.of(group).members:
            if member.instance_id == instance_id and member.in_service and group.capacity_rebalance:
                member.outgoing = True
                fleet.of(group).step()


def told(_: Any = None) -> dict[str, str]:
    """Who is under notice, and when it ends."""
    for gone in [instance for instance in notices if (found := find(instance)) is None or found.state == "terminated"]:
        del notices[gone]
    return {instance: ends for instance, (ends, _) in notices.items()}


def interrupt() -> None:
    for instance_id in [instance for instance, (_, due) in notices.items() if time.monotonic() >= due]:
        del notices[instance_id]
        instance = find(instance_id)
        if instance and instance.state != "terminated":
            say("spot instance interrupted", instance=instance_id)
            instance.ec2_backend.terminate_instances([instance_id])


def find(instance_id: str) -> Any:
    return next((found for backend in ec2_backends[ACCOUNT].values() if (found := backend.get_instance_by_id(instance_id))), None)
