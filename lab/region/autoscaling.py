"""Auto Scaling groups and their hooks in CloudFormation: created at their minimum, changed in place, emptied before they are deleted.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-autoscaling-autoscalinggroup.html
"""

import copy
from dataclasses import dataclass
from typing import Any

from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, LifecycleHook, autoscaling_backends

from . import calls, configuration, fleet, groups, hooks
from .declaration import Declaration, Play
from .signals import ResourceFailed
from .state import ACCOUNT, changed

TYPE = "AWS::AutoScaling::AutoScalingGroup"
WAIT_SECONDS = 0.25


def teach_moto() -> None:
    groups.teach_moto()
    calls.teach_moto()


def backend_of(declaration: Declaration) -> AutoScalingBackend:
    return autoscaling_backends[ACCOUNT][declaration.region]


def create(declaration: Declaration) -> FakeAutoScalingGroup:
    """Its own hooks come first: the first instances wait for them too."""
    backend, properties = backend_of(declaration), declaration.properties
    for spec in properties.get("LifecycleHookSpecificationList", []):
        hooks.put(backend, declaration.name, spec)
    group = FakeAutoScalingGroup.create_from_cloudformation_json(declaration.name, {"Properties": copy.deepcopy(properties)}, ACCOUNT, declaration.region)
    configure(group, properties)
    return group


def configure(group: FakeAutoScalingGroup, properties: dict[str, Any]) -> None:
    groups.configure(group, properties | {"DefaultInstanceWarmup": whole(properties.get("DefaultInstanceWarmup"))})
    group.capacity_rebalance = properties.get("CapacityRebalance") in (True, "true")


def update(declaration: Declaration, group: FakeAutoScalingGroup, before: dict[str, Any]) -> FakeAutoScalingGroup:
    properties, sizes = declaration.properties, sizes_of(declaration, before)
    group.tags = [dict(tag) for tag in properties.get("Tags", [])]
    configure(group, properties)
    update_hooks(declaration, group, before)
    update_targets(group, properties.get("TargetGroupARNs", []))
    group.update(
        availability_zones=properties.get("AvailabilityZones", []), vpc_zone_identifier=",".join(properties.get("VPCZoneIdentifier", [])),
        desired_capacity=sizes["DesiredCapacity"], max_size=sizes["MaxSize"], min_size=sizes["MinSize"],
        launch_config_name=properties.get("LaunchConfigurationName"), launch_template=properties.get("LaunchTemplate", {}),
        mixed_instances_policy=configuration.given(properties.get("MixedInstancesPolicy")), health_check_type=properties.get("HealthCheckType"),
        health_check_period=whole(properties.get("HealthCheckGracePeriod")),
        new_instances_protected_from_scale_in=properties.get("NewInstancesProtectedFromScaleIn"))
    return group


def sizes_of(declaration: Declaration, before: dict[str, Any]) -> dict[str, int | None]:
    """None for a size that stays what it is now: one whose text is as before is left to scheduled actions, where the update policy says so."""
    policy = declaration.template.get("UpdatePolicy", {}).get("AutoScalingScheduledAction", {})
    ignores = policy.get("IgnoreUnmodifiedGroupSizeProperties") in (True, "true")
    told = {name: declaration.properties.get(name) for name in ("MinSize", "MaxSize", "DesiredCapacity")}
    return {name: None if ignores and value == before.get(name) else whole(value) for name, value in told.items()}


def update_hooks(declaration: Declaration, group: FakeAutoScalingGroup, before: dict[str, Any]) -> None:
    wanted = declaration.properties.get("LifecycleHookSpecificationList", [])
    for spec in before.get("LifecycleHookSpecificationList", []):
        if spec["LifecycleHookName"] not in [kept["LifecycleHookName"] for kept in wanted]:
            hooks.delete(group, spec["LifecycleHookName"])
    for spec in wanted:
        hooks.put(backend_of(declaration), group.name, spec)


def update_targets(group: FakeAutoScalingGroup, wanted: list[str]) -> None:
    backend = group.autoscaling_backend
    if gone := [arn for arn in group.target_group_arns if arn not in wanted]:
        backend.detach_load_balancer_target_groups(group.name, gone)
    if new := [arn for arn in wanted if arn not in group.target_group_arns]:
        backend.attach_load_balancer_target_groups(group.name, new)


def delete(declaration: Declaration, group: FakeAutoScalingGroup) -> None:
    """As CloudFormation does: it sets the size to nothing, and waits until all instances are gone, draining and hooks included."""
    if group.name not in backend_of(declaration).autoscaling_groups:
        return
    emptied = fleet.of(group)
    if emptied.refresh:
        emptied.refresh.end("Cancelled", "The Auto Scaling group is being deleted.")
    emptied.holds_until = 0.0
    for member in emptied.members:
        member.protected_from_scale_in = False
    group.update(availability_zones=[], vpc_zone_identifier=None, desired_capacity=0, max_size=0, min_size=0, launch_config_name=None,
                 launch_template={}, health_check_period=None, health_check_type=None)
    while emptied.members:
        changed.wait(WAIT_SECONDS)
    groups.delete(backend_of(declaration), group.name, force=False)


@dataclass
class Hook:
    """A lifecycle hook that is a resource of a stack."""

    hook: LifecycleHook

    @property
    def physical_resource_id(self) -> str:
        return self.hook.name


def put_hook(declaration: Declaration, *_: Any) -> Hook:
    properties = declaration.properties
    group = groups.named(backend_of(declaration), properties["AutoScalingGroupName"])
    return Hook(hooks.put(backend_of(declaration), group.name, {"LifecycleHookName": declaration.name, **properties}))


def delete_hook(declaration: Declaration, hook: Hook) -> None:
    group = backend_of(declaration).autoscaling_groups.get(hook.hook.auto_scaling_group_name)
    if group:
        hooks.delete(group, hook.hook.name)
        fleet.of(group).step()


@dataclass
class Pool:
    """A warm pool that is a resource of a stack, which does not wait for its instances."""

    physical_resource_id: str


def put_warm_pool(declaration: Declaration, *_: Any) -> Pool:
    properties = declaration.properties
    warmed = fleet.of(groups.named(backend_of(declaration), properties["AutoScalingGroupName"]))
    warmed.pool.configure({name: value for name, value in properties.items() if name != "AutoScalingGroupName"})
    warmed.step()
    return Pool(warmed.group.name)


def delete_warm_pool(declaration: Declaration, pool: Pool) -> None:
    if group := backend_of(declaration).autoscaling_groups.get(pool.physical_resource_id):
        fleet.of(group).pool.delete()


def whole(value: Any) -> int | None:
    return None if value is None else int(value)


PLAYS = {
    TYPE: Play(create=create, update=update, delete=delete, replaces=("AutoScalingGroupName",)),
    "AWS::AutoScaling::LifecycleHook": Play(create=put_hook, update=put_hook, delete=delete_hook, replaces=("AutoScalingGroupName", "LifecycleHookName")),
    "AWS::AutoScaling::WarmPool": Play(create=put_warm_pool, update=put_warm_pool, delete=delete_warm_pool, replaces=("AutoScalingGroupName",)),
}
