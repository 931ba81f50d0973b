"""The instances of a group as targets of its target groups.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/attach-load-balancer-asg.html
"""

from collections.abc import Iterator

from moto.autoscaling.models import FakeAutoScalingGroup
from moto.elbv2.exceptions import ELBClientError

from .log import say


def register(group: FakeAutoScalingGroup, instance_id: str) -> None:
    for arn in living(group):
        port = group.autoscaling_backend.elbv2_backend.target_groups[arn].port
        group.autoscaling_backend.elbv2_backend.register_targets(arn, [{"Id": instance_id, "Port": port}])
        say("target registered", group=group.name, instance=instance_id, targetGroup=arn.split("/")[1])


def deregister(group: FakeAutoScalingGroup, instance_id: str, only: list[str] | None = None) -> None:
    for arn in living(group):
        if only is not None and arn not in only:
            continue
        try:
            group.autoscaling_backend.elbv2_backend.deregister_targets(arn, [{"Id": instance_id}])
        except ELBClientError:
            # The instance, or somebody for it, was faster.
            continue
        say("target deregistered", group=group.name, instance=instance_id, targetGroup=arn.split("/")[1])


def draining(group: FakeAutoScalingGroup, instance_id: str) -> bool:
    return "draining" in states(group, instance_id)


def unhealthy(group: FakeAutoScalingGroup, instance_id: str) -> bool:
    return "unhealthy" in states(group, instance_id)


def states(group: FakeAutoScalingGroup, instance_id: str) -> list[str]:
    """What the instance is in each target group: initial, healthy, unhealthy, draining, unused."""
    elbv2 = group.autoscaling_backend.elbv2_backend
    return [health.status for arn in living(group) for health in elbv2.describe_target_health(arn, [{"Id": instance_id}])]


def living(group: FakeAutoScalingGroup) -> Iterator[str]:
    """Target groups can be deleted before the group that is attached to them."""
    return (arn for arn in group.target_group_arns if arn in group.autoscaling_backend.elbv2_backend.target_groups)
