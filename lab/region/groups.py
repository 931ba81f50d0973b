"""Auto Scaling groups in the API: created, resized, looked at and deleted. What they do by themselves is in fleet.py.

https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_Operations.html
"""

from collections.abc import Iterator
from typing import Any

from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, autoscaling_backends

from . import clock, configuration, fleet, spot, targets
from .activities import now
from .fleet import Fleet
from .log import say
from .member import Member
from .patch import teach
from .state import ACCOUNT

TICK_SECONDS = 0.5
# What moto keeps no place for, by its name in the API.
SETTINGS = {"TerminationPolicies": "termination_policies", "CapacityRebalance": "capacity_rebalance", "DefaultInstanceWarmup": "default_instance_warmup",
            "InstanceMaintenancePolicy": "instance_maintenance_policy", "DefaultCooldown": "default_cooldown"}


def teach_moto() -> None:
    FakeAutoScalingGroup.default_instance_warmup = FakeAutoScalingGroup.instance_maintenance_policy = None
    teach(AutoScalingBackend, "create_auto_scaling_group")(create)
    teach(FakeAutoScalingGroup, "set_desired_capacity")(resize)
    teach(FakeAutoScalingGroup, "update")(update)
    teach(AutoScalingBackend, "set_desired_capacity")(set_desired_capacity)
    teach(AutoScalingBackend, "notify_terminate_instances")(notice)
    teach(AutoScalingBackend, "update_attached_target_groups")(attach_targets)
    teach(AutoScalingBackend, "detach_load_balancer_target_groups")(detach_targets)
    teach(AutoScalingBackend, "delete_auto_scaling_group")(lambda _, backend, name: delete(backend, name, force=False))
    clock.every(TICK_SECONDS, tick)


def tick() -> None:
    spot.interrupt()
    for group in everywhere():
        fleet.of(group).step()


def everywhere() -> Iterator[FakeAutoScalingGroup]:
    return (group for backend in autoscaling_backends[ACCOUNT].values() for group in list(backend.autoscaling_groups.values()))


def named(backend: AutoScalingBackend, name: str) -> FakeAutoScalingGroup:
    if name not in backend.autoscaling_groups:
        raise ValidationError(f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
    return backend.autoscaling_groups[name]


def create(plain: Any, backend: AutoScalingBackend, **given: Any) -> FakeAutoScalingGroup:
    """Without a desired capacity it begins at its minimum."""
    refuse_size(int(given["min_size"]), int(given["max_size"]), given.get("desired_capacity"))
    if given["name"] in backend.autoscaling_groups:
        raise AutoscalingClientError("AlreadyExists", f"AutoScalingGroup by this name already exists - A group with the name {given['name']} already exists")
    group = plain(backend, **given)
    # moto takes 300 seconds for none; https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CreateAutoScalingGroup.html: 0.
    group.health_check_grace_period = int(given.get("health_check_period") or 0)
    started = fleet.of(group)
    started.resized = f"At {now()} a user request created an AutoScalingGroup changing the desired capacity from 0 to {group.desired_capacity}."
    started.step()
    return group


def refuse_size(least: int, most: int, desired: Any) -> None:
    if least > most:
        raise ValidationError(f"Max bound, {most}, must be greater than or equal to min bound, {least}")
    if desired is not None and not least <= int(desired) <= most:
        raise ValidationError(f"Desired capacity:{desired} must be between the specified min size:{least} and max size:{most}")


def resize(_: Any, group: FakeAutoScalingGroup, wanted: int | None) -> None:
    group.desired_capacity = group.min_size if wanted is None else int(wanted)
    if group.autoscaling_backend.autoscaling_groups.get(group.name) is group:
        fleet.of(group).step()


def update(plain: Any, group: FakeAutoScalingGroup, **given: Any) -> None:
    """Bounds move the desired capacity only as far as they must: a deploy never resets the size."""
    least, most = (int(new if (new := given.get(name)) is not None else getattr(group, name)) for name in ("min_size", "max_size"))
    refuse_size(least, most, given.get("desired_capacity"))
    before, asked = group.desired_capacity, given.get("desired_capacity")
    given["desired_capacity"] = min(max(before, least), most) if asked is None else int(asked)
    if not (given.get("launch_template") or given.get("launch_config_name") or given.get("mixed_instances_policy")):
        # moto forgets the policy at every update that does not name it.
        given["mixed_instances_policy"] = configuration.given(group.mixed_instances_policy)
    note(group, before, given["desired_capacity"],
         f"a user request update of AutoScalingGroup constraints to min: {least}, max: {most}, desired: {given['desired_capacity']}")
    plain(group, **given)


def set_desired_capacity(plain: Any, backend: AutoScalingBackend, name: str, wanted: int) -> None:
    group = named(backend, name)
    if wanted > group.max_size:
        raise ValidationError(f"New SetDesiredCapacity value {wanted} is above max value {group.max_size} for the AutoScalingGroup.")
    if wanted < group.min_size:
        raise ValidationError(f"New SetDesiredCapacity value {wanted} is below min value {group.min_size} for the AutoScalingGroup.")
    note(group, group.desired_capacity, wanted, "a user request explicitly set group desired capacity")
    plain(backend, name, wanted)


def note(group: FakeAutoScalingGroup, before: int, after: int, why: str) -> None:
    if before != after:
        fleet.of(group).resized = f"At {now()} {why} changing the desired capacity from {before} to {after}."
        say("group resized", group=group.name, desired=after, before=before)


def configure(group: FakeAutoScalingGroup, given: dict[str, Any]) -> None:
    for name, attribute in SETTINGS.items():
        if given.get(name) is not None:
            setattr(group, attribute, given[name])


def notice(_: Any, backend: AutoScalingBackend, instance_ids: list[str]) -> None:
    """EC2 has just terminated them: their groups need not wait for a tick."""
    say("instances terminated", instances=instance_ids)
    for group in list(backend.autoscaling_groups.values()):
        fleet.of(group).step()


def attach_targets(_: Any, backend: AutoScalingBackend, name: str) -> None:
    group = backend.autoscaling_groups[name]
    for member in fleet.of(group).members:
        if member.in_service:
            targets.register(group, member.instance_id)


def detach_targets(_: Any, backend: AutoScalingBackend, name: str, arns: list[str]) -> None:
    group = named(backend, name)
    for member in fleet.of(group).members:
        targets.deregister(group, member.instance_id, arns)
    group.target_group_arns = [arn for arn in group.target_group_arns if arn not in arns]


def delete(backend: AutoScalingBackend, name: str, force: bool) -> None:
    """https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DeleteAutoScalingGroup.html: by force, no hook holds it up."""
    group = named(backend, name)
    deleted = fleet.of(group)
    if deleted.members and not force:
        raise AutoscalingClientError("ResourceInUse", "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.")
    if deleted.refresh:
        deleted.refresh.end("Cancelled", "The Auto Scaling group was deleted.")
    deleted.end_at_once()
    for key in [key for key, hook in backend.lifecycle_hooks.items() if hook.auto_scaling_group_name == name]:
        del backend.lifecycle_hooks[key]
    del backend.autoscaling_groups[name]


def member_of(backend: AutoScalingBackend, instance_id: str) -> tuple[Fleet, Member]:
    for group in backend.autoscaling_groups.values():
        for member in fleet.of(group).members:
            if member.instance_id == instance_id:
                return fleet.of(group), member
    raise ValidationError(f"Instance Id not found - No managed instance found for instance ID {instance_id}")
