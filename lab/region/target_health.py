"""Target health: what the lab's data plane reported last, between registration and the end of the deregistration delay.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html
"""

import time
from typing import Any

from moto.elbv2.exceptions import InvalidTargetError
from moto.elbv2.models import ELBv2Backend, FakeHealthStatus, FakeTargetGroup, elbv2_backends

from . import clock
from .log import say
from .patch import teach
from .state import ACCOUNT

REPORT_PATH = "/lab/target-health"
TICK_SECONDS = 0.5

DESCRIPTIONS = {
    "Elb.RegistrationInProgress": "Target registration is in progress",
    "Elb.InitialHealthChecking": "Initial health checks in progress",
    "Elb.InternalError": "Health checks failed due to an internal error on the load balancer",
    "Target.DeregistrationInProgress": "Target deregistration is in progress",
    "Target.FailedHealthChecks": "Health checks failed",
    "Target.NotInUse": "Target group is not configured to receive traffic from the load balancer",
    "Target.NotRegistered": "Target is not registered to the target group",
    "Target.ResponseCodeMismatch": "Health checks failed with these codes",
    "Target.Timeout": "Request timed out",
    "Target.InvalidState": "Target is in the stopped state",
}
STATES = ("initial", "healthy", "unhealthy")

# By target group and target; forgotten when the target is registered anew.
reported: dict[tuple[str, str], dict[str, str]] = {}


def teach_moto() -> None:
    teach(FakeTargetGroup, "register")(register)
    FakeTargetGroup.deregister = deregister
    FakeTargetGroup.health_for = lambda group, target, _: health(group, target["Id"])
    FakeTargetGroup.deregister_terminated_instances = lambda group, ids: [forget(group, target) for target in ids]
    teach(ELBv2Backend, "describe_target_health")(describe)
    clock.every(TICK_SECONDS, finish)


def register(plain: Any, group: FakeTargetGroup, targets: list[dict[str, Any]]) -> None:
    for target in targets:
        if target["Id"] not in group.targets:
            reported.pop((group.arn, target["Id"]), None)
    plain(group, targets)
    say("targets registered", targetGroup=group.name, targets=[target["Id"] for target in targets])


def deregister(group: FakeTargetGroup, targets: list[dict[str, Any]]) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html: the target is draining
    until the delay has passed, and unused from then on. One that drains already goes on draining."""
    for target in targets:
        known = group.targets.pop(target["Id"], None)
        if known is None and target["Id"] not in group.deregistered_targets:
            raise InvalidTargetError()
        if known:
            group.deregistered_targets[target["Id"]] = {**known, "Until": time.monotonic() + delay(group)}
    say("targets deregistered", targetGroup=group.name, targets=[target["Id"] for target in targets])


def delay(group: FakeTargetGroup) -> float:
    return float(group.attributes.get("deregistration_delay.timeout_seconds", 300))


def health(group: FakeTargetGroup, target: str) -> FakeHealthStatus:
    known = group.targets.get(target) or group.deregistered_targets.get(target)
    state, reason = state_of(group, target)
    port = known["Port"] if known else group.port
    return FakeHealthStatus(target, port, group.health_check_port, state, reason, DESCRIPTIONS.get(reason or ""))


def state_of(group: FakeTargetGroup, target: str) -> tuple[str, str | None]:
    if target in group.deregistered_targets:
        return "draining", "Target.DeregistrationInProgress"
    if target not in group.targets:
        return "unused", "Target.NotRegistered"
    instance = group.ec2_backend.get_instance_by_id(target)
    if instance is not None and instance.state in ("stopping", "stopped"):
        return "unused", "Target.InvalidState"
    if not group.load_balancer_arns:
        return "unused", "Target.NotInUse"
    last = reported.get((group.arn, target), {"state": "initial"})
    if last["state"] == "healthy":
        return "healthy", None
    return last["state"], last.get("reason") or ("Elb.RegistrationInProgress" if last["state"] == "initial" else "Target.FailedHealthChecks")


def describe(plain: Any, backend: ELBv2Backend, arn: str, targets: list[dict[str, Any]]) -> list[FakeHealthStatus]:
    """Asked for none in particular, it tells of those that drain too."""
    finish()
    if not targets and (group := backend.target_groups.get(arn)):
        return [health(group, target) for target in [*group.targets, *group.deregistered_targets]]
    return plain(backend, arn, targets)


def finish() -> None:
    """Ends what the clock ends: the delay has passed, or the instance is gone, which needs no delay."""
    for group in [group for backend in elbv2_backends[ACCOUNT].values() for group in backend.target_groups.values()]:
        for target, entry in list(group.deregistered_targets.items()):
            if time.monotonic() >= entry["Until"]:
                forget(group, target)
        for target in [target for target in [*group.targets, *group.deregistered_targets] if target.startswith("i-")]:
            instance = group.ec2_backend.get_instance_by_id(target)
            if instance is None or instance.state in ("shutting-down", "terminated"):
                forget(group, target)


def forget(group: FakeTargetGroup, target: str) -> None:
    known = group.targets.pop(target, None) or group.deregistered_targets.pop(target, None)
    reported.pop((group.arn, target), None)
    if known:
        say("target gone", targetGroup=group.name, target=target)


def report(body: dict[str, dict[str, dict[str, str]]]) -> dict[str, Any]:
    """What the data plane sees: by target group and target, a state and the reason for it. It says nothing of who drains or is unknown."""
    for arn, targets in body.items():
        group = next((backend.target_groups[arn] for backend in elbv2_backends[ACCOUNT].values() if arn in backend.target_groups), None)
        for target, told in targets.items() if group else ():
            if told["state"] not in STATES:
                raise ValueError(f"{REPORT_PATH}: state must be one of {', '.join(STATES)}, got {told['state']}; report what the health check says")
            before = reported.get((arn, target), {}).get("state", "initial")
            if target in group.targets:
                reported[arn, target] = told
                if told["state"] != before:
                    say("target health changed", targetGroup=group.name, target=target, state=told["state"], reason=told.get("reason"))
    return {}
