"""Target tracking: a scaling policy keeps a metric of its group near a target, by the two alarms that Auto Scaling makes for it.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-target-tracking.html
"""

import copy
import math
import uuid
from typing import Any

from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, FakeScalingPolicy, autoscaling_backends
from moto.cloudwatch.models import Alarm, CloudWatchBackend, Dimension, Metric, MetricDataQuery, MetricStat, cloudwatch_backends
from moto.core.exceptions import ServiceException

from . import alarms, clock, groups, metrics
from .declaration import Declaration, Play
from .evaluation import ALARM
from .patch import teach
from .state import ACCOUNT

TICK_SECONDS = 1
# So long does one of target tracking's minutes take here, for a rehearsal's sake: out after 30 s above the target, in after 150 s below.
MINUTE_SECONDS = 10
# AWS's alarms of a policy: three points above the target, or fifteen that are a tenth below it.
POINTS_OUT, POINTS_IN, LOW = 3, 15, 0.9
KIND = "TargetTrackingScaling"


class PolicyRefused(ServiceException):
    code = "ValidationError"


def teach_moto() -> None:
    teach(AutoScalingBackend, "put_scaling_policy")(put)
    teach(AutoScalingBackend, "delete_policy")(delete)
    clock.every(TICK_SECONDS, beat)


def watch(backend: AutoScalingBackend) -> CloudWatchBackend:
    return cloudwatch_backends[ACCOUNT][backend.region_name]


def put(plain: Any, backend: AutoScalingBackend, *arguments: Any, **named: Any) -> FakeScalingPolicy:
    if named["policy_type"] != KIND:
        raise PolicyRefused(f"{named['name']}: a scaling policy must be {KIND} in the lab, got {named['policy_type']}; leave it out of what you rehearse")
    if named["as_name"] not in backend.autoscaling_groups:
        raise PolicyRefused(f"Group {named['as_name']} not found")
    if named["name"] in backend.policies:
        backend.delete_policy(named["name"])
    policy = plain(backend, *arguments, **named)
    policy.config = copy.deepcopy(named["target_tracking_config"])
    policy.pair = [alarm(backend, policy, "High", "GreaterThanThreshold", POINTS_OUT, 1), alarm(backend, policy, "Low", "LessThanThreshold", POINTS_IN, LOW)]
    policy.alarms = [{"AlarmName": one.name, "AlarmARN": one.alarm_arn} for one in policy.pair]
    return policy


def delete(plain: Any, backend: AutoScalingBackend, name: str) -> None:
    if policy := backend.policies.get(name):
        watch(backend).delete_alarms([one.name for one in policy.pair])
    plain(backend, name)


def alarm(backend: AutoScalingBackend, policy: FakeScalingPolicy, side: str, comparison: str, points: int, share: float) -> Alarm:
    queries, per_minutes = specification(policy)
    return watch(backend).put_metric_alarm(
        name=f"TargetTracking-{policy.auto_scaling_group_name}-Alarm{side}-{uuid.uuid4()}", namespace=None, metric_name=None, dimensions=[],
        comparison_operator=comparison, evaluation_periods=points, period=MINUTE_SECONDS, statistic=None, alarm_actions=[policy.arn],
        threshold=float(policy.config["TargetValue"]) * share * per_minutes, metric_data_queries=queries,
        description="DO NOT EDIT OR DELETE. For TargetTrackingScaling policy.", rule=None)


def specification(policy: FakeScalingPolicy) -> tuple[list[MetricDataQuery], float]:
    """The metric as queries, and what a target of one minute is in a minute of the lab: less, where the metric adds up."""
    shorter = MINUTE_SECONDS / 60
    if predefined := policy.config.get("PredefinedMetricSpecification"):
        return predefined_metric(policy.auto_scaling_group_name, predefined, shorter)
    customized = policy.config["CustomizedMetricSpecification"]
    if told := customized.get("Metrics"):
        return [query(entry) for entry in told], 1
    has = [(one["Name"], one["Value"]) for one in customized.get("Dimensions", [])]
    adds_up = customized["Statistic"] in ("Sum", "SampleCount")
    return [one_metric(customized["Namespace"], customized["MetricName"], has, customized["Statistic"], customized.get("Unit"))], \
        MINUTE_SECONDS / float(customized.get("Period", 60)) if adds_up else 1


def predefined_metric(group: str, told: dict[str, Any], shorter: float) -> tuple[list[MetricDataQuery], float]:
    """https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PredefinedMetricSpecification.html"""
    if told["PredefinedMetricType"] == "ASGAverageCPUUtilization":
        return [one_metric("AWS/EC2", "CPUUtilization", [("AutoScalingGroupName", group)], "Average")], 1
    if told["PredefinedMetricType"] == "ALBRequestCountPerTarget":
        balancer, found, target_group = told["ResourceLabel"].partition("/targetgroup/")
        has = [("LoadBalancer", balancer), ("TargetGroup", f"targetgroup/{target_group}")]
        if found:
            return [one_metric("AWS/ApplicationELB", "RequestCountPerTarget", has, "Sum")], shorter
    raise PolicyRefused(f"{told['PredefinedMetricType']} is not played in the lab; track ASGAverageCPUUtilization, ALBRequestCountPerTarget, or a metric of your own")


def one_metric(namespace: str, name: str, has: list[tuple[str, str]], statistic: str, unit: str | None = None) -> MetricDataQuery:
    metric = Metric(name, namespace, [Dimension(*one) for one in has])
    return MetricDataQuery("m", name, None, True, None, MetricStat(metric, MINUTE_SECONDS, statistic, unit))


def query(entry: dict[str, Any]) -> MetricDataQuery:
    """https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_TargetTrackingMetricDataQuery.html"""
    if (stat := entry.get("MetricStat")) is None:
        return MetricDataQuery(entry["Id"], entry.get("Label"), None, entry.get("ReturnData", True), entry["Expression"])
    has = [(one["Name"], one["Value"]) for one in stat["Metric"].get("Dimensions", [])]
    made = one_metric(stat["Metric"]["Namespace"], stat["Metric"]["MetricName"], has, stat["Stat"], stat.get("Unit"))
    made.id, made.return_data = entry["Id"], entry.get("ReturnData", True)
    return made


def beat() -> None:
    for backend in autoscaling_backends[ACCOUNT].values():
        for policy in list(backend.policies.values()):
            if policy.auto_scaling_group_name not in backend.autoscaling_groups:
                backend.delete_policy(policy.name)
        for group in list(backend.autoscaling_groups.values()):
            policies = [policy for policy in backend.policies.values() if policy.auto_scaling_group_name == group.name]
            if policies and "AlarmNotification" not in group._suspended_processes:
                follow(group, policies)


def follow(group: FakeAutoScalingGroup, policies: list[FakeScalingPolicy]) -> None:
    """The largest size that any policy wants; a smaller one only when all want it that may want it."""
    served, warming = capacity(group, policies)
    desired, wanted = group.desired_capacity, {policy.name: needed(policy, served) for policy in policies}
    high = [policy for policy in policies if policy.pair[0].state_value == ALARM and wanted[policy.name] > desired]
    if high:
        first = max(high, key=lambda policy: wanted[policy.name])
        resize(group, min(wanted[first.name], group.max_size), triggered(first.pair[0], first))
        return
    # A metric of AWS's own is always there: here one that nobody ever published has no say.
    may_shrink = [policy for policy in policies if not truth(policy.config.get("DisableScaleIn")) and published(policy)]
    low = [policy for policy in may_shrink if policy.pair[1].state_value == ALARM and wanted[policy.name] < desired]
    if may_shrink and len(low) == len(may_shrink) and not warming and served == desired > group.min_size:
        resize(group, desired - 1, triggered(low[0].pair[1], low[0]))


def capacity(group: FakeAutoScalingGroup, policies: list[FakeScalingPolicy]) -> tuple[int, bool]:
    """How many instances the metric speaks of, and whether others are on their way: those that start, and those that warm up.
    https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-default-instance-warmup.html"""
    default = (getattr(group, "default_instance_warmup", None), group.default_cooldown)
    warmup = max(next(float(told) for told in (policy.estimated_instance_warmup, *default) if told is not None) for policy in policies)
    in_service = [member for member in group.instance_states if member.lifecycle_state == "InService"]
    warm = [member for member in in_service if member.served_for() >= warmup]
    on_their_way = len(warm) < len([member for member in group.instance_states if member.lifecycle_state.startswith(("Pending", "InService"))])
    # All of a new group warm up together, and nobody else is there to speak of.
    return len(warm) or len(in_service), on_their_way


def published(policy: FakeScalingPolicy) -> bool:
    stats = [one.metric_stat for one in policy.pair[0].metric_data_queries if one.metric_stat]
    return any((stat.metric.namespace, stat.metric.metric_name, metrics.dimensions(stat.metric.dimensions)) in metrics.store for stat in stats)


def needed(policy: FakeScalingPolicy, served: int) -> int:
    """The size at which the metric would be at its target, as far as load spreads evenly."""
    high = policy.pair[0]
    queries, returned = alarms.queries_of(high)
    points = metrics.evaluate(queries, high.evaluated - POINTS_OUT * MINUTE_SECONDS, high.evaluated, MINUTE_SECONDS)[returned] if high.evaluated else {}
    if not points:
        return served
    return max(math.ceil(served * points[max(points)] / float(high.threshold) - 1e-9), 0)


def triggered(cause: Alarm, policy: FakeScalingPolicy) -> str:
    return f"a monitor alarm {cause.name} in state ALARM triggered policy {policy.name}"


def resize(group: FakeAutoScalingGroup, desired: int, cause: str) -> None:
    if desired != group.desired_capacity:
        groups.note(group, group.desired_capacity, desired, cause)
        group.set_desired_capacity(desired)


def truth(value: Any) -> bool:
    return str(value).lower() == "true"


def declared(declaration: Declaration, name: str) -> FakeScalingPolicy:
    given = declaration.properties.get
    policy = autoscaling_backends[ACCOUNT][declaration.region].put_scaling_policy(
        name=name, policy_type=given("PolicyType", "SimpleScaling"), metric_aggregation_type=given("MetricAggregationType"),
        adjustment_type=given("AdjustmentType"), as_name=given("AutoScalingGroupName"), min_adjustment_magnitude=given("MinAdjustmentMagnitude"),
        scaling_adjustment=given("ScalingAdjustment"), cooldown=given("Cooldown"), target_tracking_config=copy.deepcopy(given("TargetTrackingConfiguration", {})),
        step_adjustments=given("StepAdjustments", []), estimated_instance_warmup=given("EstimatedInstanceWarmup"),
        predictive_scaling_configuration=given("PredictiveScalingConfiguration", {}))
    policy.physical_resource_id = policy.arn
    return policy


FakeScalingPolicy.get_cfn_attribute = lambda policy, name: {"Arn": policy.arn, "PolicyName": policy.name}[name]
PLAYS = {
    "AWS::AutoScaling::ScalingPolicy": Play(
        create=lambda d: declared(d, d.name), update=lambda d, policy, _: declared(d, policy.name), replaces=("AutoScalingGroupName",),
        delete=lambda d, policy: autoscaling_backends[ACCOUNT][d.region].delete_policy(policy.name)),
}
