"""The calls of the Auto Scaling API that moto lacks, or answers in a word: what they take, and what they tell.

https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_Operations.html
"""

from typing import Any

from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from . import fleet, groups, health, hooks, preferences
from . import refresh as refreshes
from .fleet import Fleet
from .patch import teach

NOT_PLAYED = ("attach_instances", "detach_instances", "enter_standby", "exit_standby", "attach_load_balancers")


def teach_moto() -> None:
    for call in (complete_lifecycle_action, record_lifecycle_action_heartbeat, put_lifecycle_hook, delete_lifecycle_hook, describe_scaling_activities,
                 describe_auto_scaling_instances, set_instance_health, terminate_instance_in_auto_scaling_group, delete_auto_scaling_group,
                 put_warm_pool, describe_warm_pool, delete_warm_pool, start_instance_refresh, describe_instance_refreshes, cancel_instance_refresh, rollback_instance_refresh):
        setattr(AutoScalingResponse, call.__name__, call)
    for name in ("create_auto_scaling_group", "update_auto_scaling_group", "suspend_processes", "resume_processes"):
        teach(AutoScalingResponse, name)(settle)
    for name in NOT_PLAYED:
        setattr(AutoScalingResponse, name, lambda response: refuse(response))


def refuse(response: AutoScalingResponse) -> None:
    raise NotImplementedError(f"autoscaling.{response._get_action()} is not played")


def settle(plain: Any, response: AutoScalingResponse) -> ActionResult:
    """moto's own answer, with what it leaves out before and after."""
    backend, name = response.autoscaling_backend, response._get_param("AutoScalingGroupName")
    if response._get_action() != "CreateAutoScalingGroup":
        groups.named(backend, name)
    for spec in response._get_param("LifecycleHookSpecificationList", []):
        hooks.put(backend, name, spec)
    answer = plain(response)
    groups.configure(backend.autoscaling_groups[name], response._get_params())
    fleet.of(backend.autoscaling_groups[name]).step()
    return answer


def asked(response: AutoScalingResponse) -> Fleet:
    return fleet.of(groups.named(response.autoscaling_backend, response._get_param("AutoScalingGroupName")))


def action(response: AutoScalingResponse) -> hooks.Action:
    name, instance, token = (response._get_param(part) for part in ("LifecycleHookName", "InstanceId", "LifecycleActionToken"))
    return hooks.active(asked(response).group, name, instance, token)


def complete_lifecycle_action(response: AutoScalingResponse) -> EmptyResult:
    result = response._get_param("LifecycleActionResult")
    if result not in ("CONTINUE", "ABANDON"):
        raise ValidationError(f"Invalid Lifecycle Action Result: {result}. Valid values are CONTINUE and ABANDON")
    action(response).end(result, f"Lifecycle Action Completed with {result} Result")
    asked(response).step()
    return EmptyResult()


def record_lifecycle_action_heartbeat(response: AutoScalingResponse) -> EmptyResult:
    action(response).heartbeat()
    return EmptyResult()


def put_lifecycle_hook(response: AutoScalingResponse) -> EmptyResult:
    hooks.put(response.autoscaling_backend, asked(response).group.name, response._get_params())
    return EmptyResult()


def delete_lifecycle_hook(response: AutoScalingResponse) -> EmptyResult:
    hooks.delete(asked(response).group, response._get_param("LifecycleHookName"))
    asked(response).step()
    return EmptyResult()


def describe_auto_scaling_instances(response: AutoScalingResponse) -> ActionResult:
    wanted = response._get_param("InstanceIds", [])
    everyone = [member for group in response.autoscaling_backend.autoscaling_groups.values() for member in hooks.everyone(group)]
    members = [member for member in everyone if not wanted or member.instance_id in wanted]
    return ActionResult({"AutoScalingInstances": [member.told() for member in members]})


def put_warm_pool(response: AutoScalingResponse) -> EmptyResult:
    asked(response).pool.configure({name: response._get_param(name) for name in ("MaxGroupPreparedCapacity", "MinSize", "PoolState", "InstanceReusePolicy")})
    asked(response).step()
    return EmptyResult()


def describe_warm_pool(response: AutoScalingResponse) -> ActionResult:
    pool = asked(response).pool
    return ActionResult({"WarmPoolConfiguration": pool.given, "Instances": [member.told() for member in pool.members]})


def delete_warm_pool(response: AutoScalingResponse) -> EmptyResult:
    asked(response).pool.delete()
    return EmptyResult()


def describe_scaling_activities(response: AutoScalingResponse) -> ActionResult:
    name, ids = response._get_param("AutoScalingGroupName"), response._get_param("ActivityIds", [])
    fleets = [asked(response)] if name else [fleet.of(group) for group in response.autoscaling_backend.autoscaling_groups.values()]
    told = [activity for one in fleets for activity in one.activities.told(ids)]
    return ActionResult({"Activities": told[:response._get_int_param("MaxRecords", 100)]})


def set_instance_health(response: AutoScalingResponse) -> EmptyResult:
    found, member = groups.member_of(response.autoscaling_backend, response._get_param("InstanceId"))
    health.told(found, member, response._get_param("HealthStatus"), response._get_bool_param("ShouldRespectGracePeriod", True))
    found.step()
    return EmptyResult()


def terminate_instance_in_auto_scaling_group(response: AutoScalingResponse) -> ActionResult:
    found, member = groups.member_of(response.autoscaling_backend, response._get_param("InstanceId"))
    group, before = found.group, found.group.desired_capacity
    if response._get_bool_param("ShouldDecrementDesiredCapacity", False):
        if before <= group.min_size:
            raise ValidationError(f"Currently, desiredSize equals minSize ({group.min_size}). Terminating instance without replacement "
                                  "will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.")
        group.desired_capacity = before - 1
    if not member.terminating:
        found.terminate(member, "in response to a user request" + (f", shrinking the capacity from {before} to {before - 1}" if group.desired_capacity < before else ""))
    found.step()
    return ActionResult({"Activity": member.activity})


def delete_auto_scaling_group(response: AutoScalingResponse) -> EmptyResult:
    groups.delete(response.autoscaling_backend, response._get_param("AutoScalingGroupName"), response._get_bool_param("ForceDelete", False))
    return EmptyResult()


def start_instance_refresh(response: AutoScalingResponse) -> ActionResult:
    found, desired = asked(response), response._get_param("DesiredConfiguration")
    wanted = preferences.read(response._get_params().get("Preferences") or {}, found.group)
    if found.refresh:
        raise AutoscalingClientError("InstanceRefreshInProgress", "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.")
    if wanted.auto_rollback and not (desired and refreshes.literal(found)):
        raise ValidationError("AutoRollback needs a desired configuration, a numbered launch template version and an image id in the group's present one.")
    strategy = response._get_param("Strategy") or "Rolling"
    if strategy != "Rolling":
        raise NotImplementedError(f"the strategy {strategy} of an instance refresh is not played; take Rolling")
    started = refreshes.Refresh(found, wanted, desired, strategy)
    return ActionResult({"InstanceRefreshId": started.id})


def describe_instance_refreshes(response: AutoScalingResponse) -> ActionResult:
    ids = response._get_param("InstanceRefreshIds", [])
    return ActionResult({"InstanceRefreshes": [one.told() for one in asked(response).refreshes if not ids or one.id in ids]})


def running(response: AutoScalingResponse) -> Any:
    if (found := asked(response).refresh) is None:
        raise AutoscalingClientError("ActiveInstanceRefreshNotFound", "No in progress or pending Instance Refresh found for Auto Scaling group "
                                     + response._get_param("AutoScalingGroupName"))
    return found


def cancel_instance_refresh(response: AutoScalingResponse) -> ActionResult:
    """What was launched stays, and nothing is put back."""
    cancelled = running(response)
    cancelled.end("Cancelled", "Cancelled by user.")
    return ActionResult({"InstanceRefreshId": cancelled.id})


def rollback_instance_refresh(response: AutoScalingResponse) -> ActionResult:
    """https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RollbackInstanceRefresh.html"""
    found = running(response)
    if not (found.desired and refreshes.literal(found.fleet)):
        raise AutoscalingClientError("IrreversibleInstanceRefresh", "The instance refresh cannot be rolled back: it needs a desired configuration, and a group whose "
                                     "launch template has a numbered version and an image id.")
    found.roll_back("Rollback requested by user.")
    return ActionResult({"InstanceRefreshId": found.id})
