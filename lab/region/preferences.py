"""Preferences of an instance refresh, with the defaults of the API.

https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html
"""

from dataclasses import dataclass
from typing import Any

from moto.autoscaling.exceptions import ValidationError

PROTECTED = ("Refresh", "Ignore", "Wait")


@dataclass(frozen=True)
class Preferences:
    min_healthy: int
    max_healthy: int
    warmup: float
    checkpoints: tuple[int, ...]
    checkpoint_delay: float
    bake: float
    skip_matching: bool
    auto_rollback: bool
    alarms: tuple[str, ...]
    protected: str
    given: dict[str, Any]
    """As they were given, for DescribeInstanceRefreshes."""


def read(given: dict[str, Any], group: Any) -> Preferences:
    policy = group.instance_maintenance_policy or {}
    warmup = first(given.get("InstanceWarmup"), group.default_instance_warmup, group.health_check_grace_period, 0)
    checkpoints = tuple(int(percent) for percent in given.get("CheckpointPercentages") or ())
    preferences = Preferences(
        min_healthy=int(first(given.get("MinHealthyPercentage"), policy.get("MinHealthyPercentage"), 90)),
        max_healthy=int(first(given.get("MaxHealthyPercentage"), policy.get("MaxHealthyPercentage"), 100)),
        warmup=float(warmup), checkpoints=checkpoints or (100,), checkpoint_delay=float(first(given.get("CheckpointDelay"), 3600)),
        bake=float(first(given.get("BakeTime"), 0)), skip_matching=truth(given.get("SkipMatching")), auto_rollback=truth(given.get("AutoRollback")),
        alarms=tuple((given.get("AlarmSpecification") or {}).get("Alarms") or ()), protected=given.get("ScaleInProtectedInstances") or "Wait", given=given)
    refuse(preferences)
    return preferences


def refuse(preferences: Preferences) -> None:
    if preferences.max_healthy - preferences.min_healthy > 100:
        raise ValidationError("The difference between MinHealthyPercentage and MaxHealthyPercentage cannot be greater than 100.")
    if list(preferences.checkpoints) != sorted(set(preferences.checkpoints)) or not all(1 <= percent <= 100 for percent in preferences.checkpoints):
        raise ValidationError("CheckpointPercentages must be unique, in ascending order, and between 1 and 100.")
    if preferences.given.get("CheckpointDelay") is not None and not preferences.given.get("CheckpointPercentages"):
        raise ValidationError("CheckpointPercentages must be specified when CheckpointDelay is specified.")
    if len(preferences.alarms) > 10:
        raise ValidationError("No more than 10 alarms can be specified.")
    if preferences.protected not in PROTECTED:
        raise ValidationError(f"ScaleInProtectedInstances must be one of {', '.join(PROTECTED)}.")


def first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def truth(value: Any) -> bool:
    """A template may write it as text."""
    return value in (True, "true", "True")
