"""Auto Scaling groups in CloudFormation: changed in place, and rolled as their update policy says.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html
"""

from typing import Any

from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup

from .declaration import Declaration, Play
from .log import say, say_once
from .patch import teach
from .signals import MIN_SUCCESSFUL_PERCENT, Inbox, Waiting, enough_succeed
from .template import seconds

TYPE = "AWS::AutoScaling::AutoScalingGroup"
# A change of these makes the instances of the group obsolete.
ROLLING_PROPERTIES = ("LaunchConfigurationName", "LaunchTemplate", "MixedInstancesPolicy", "PlacementGroup", "VPCZoneIdentifier")


def teach_moto() -> None:
    teach(AutoScalingBackend, "notify_terminate_instances")(keep_size)


def keep_size(plain: Any, backend: AutoScalingBackend, instance_ids: list[str]) -> None:
    """moto itself launches the replacement, by the method that instances.py replaces."""
    say("instances terminated", instances=instance_ids)
    plain(backend, instance_ids)


def update(declaration: Declaration, group: FakeAutoScalingGroup, _: dict[str, Any]) -> FakeAutoScalingGroup:
    properties = declaration.properties
    group.tags = [dict(tag) for tag in properties.get("Tags", [])]
    group.update(
        availability_zones=properties.get("AvailabilityZones", []), vpc_zone_identifier=",".join(properties.get("VPCZoneIdentifier", [])),
        desired_capacity=whole(properties.get("DesiredCapacity")), max_size=whole(properties["MaxSize"]), min_size=whole(properties["MinSize"]),
        launch_config_name=properties.get("LaunchConfigurationName"), launch_template=properties.get("LaunchTemplate", {}),
        mixed_instances_policy=properties.get("MixedInstancesPolicy"), health_check_type=properties.get("HealthCheckType"),
        health_check_period=whole(properties.get("HealthCheckGracePeriod")),
        new_instances_protected_from_scale_in=properties.get("NewInstancesProtectedFromScaleIn"))
    return group


def obsoletes(declaration: Declaration, before: dict[str, Any]) -> dict[str, Any] | None:
    """The rolling update policy, when this change must replace the group's instances."""
    policies = declaration.template.get("UpdatePolicy", {})
    for name in policies.keys() - {"AutoScalingRollingUpdate", "AutoScalingScheduledAction"}:
        say_once("update policy not played", name)
    changed = any(declaration.properties.get(name) != before.get(name) for name in ROLLING_PROPERTIES)
    return policies.get("AutoScalingRollingUpdate") if changed else None


def roll(group: FakeAutoScalingGroup, policy: dict[str, Any], box: Inbox) -> Waiting:
    """Replaces the group's instances batch by batch, and waits for the signals of each batch's new ones."""
    obsolete = [state.instance.id for state in group.active_instances()]
    total, keep = len(obsolete), int(policy.get("MinInstancesInService", 0))
    size = max(1, min(int(policy.get("MaxBatchSize", 1)), total - keep))
    waits, pause = policy.get("WaitOnResourceSignals", False), policy.get("PauseTime", "PT5M")
    box.announce(f"Rolling update initiated. Terminating {total} obsolete instance(s) in batches of {size}, while keeping at least {keep} instance(s) in service."
                 + (f" Waiting on resource signals with a timeout of {pause} when new instances are added to the autoscaling group." if waits else ""))
    for start in range(0, total, size):
        batch = obsolete[start:start + size]
        replace(group, batch, box)
        box.announce(f"Successfully terminated instance(s) [{','.join(batch)}] (Progress {100 * (start + len(batch)) // total}%).")
        if waits:
            box.announce(f"New instance(s) added to autoscaling group - Waiting on {len(batch)} resource signal(s) with a timeout of {pause}.")
            yield from enough_succeed(box, len(batch), seconds(pause), int(policy.get("MinSuccessfulInstancesPercent", MIN_SUCCESSFUL_PERCENT)))


def replace(group: FakeAutoScalingGroup, instance_ids: list[str], box: Inbox) -> None:
    box.announce(f"Terminating instance(s) [{','.join(instance_ids)}]; replacing with {len(instance_ids)} new instance(s).")
    # What the last batch said says nothing about this one.
    box.received.clear()
    group.ec2_backend.terminate_instances(instance_ids)
    group.autoscaling_backend.notify_terminate_instances(instance_ids)


def whole(value: Any) -> int | None:
    return None if value is None else int(value)


PLAYS = {TYPE: Play(update=update, replaces=("AutoScalingGroupName",))}
