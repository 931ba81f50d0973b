"""Alarms of a stack: AWS::CloudWatch::Alarm and CompositeAlarm, changed in place.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html
"""

from typing import Any

from moto.cloudwatch.models import Alarm, CloudWatchBackend, Dimension, Metric, MetricDataQuery, MetricStat, cloudwatch_backends

from .declaration import Declaration, Play
from .state import ACCOUNT


def backend(declaration: Declaration) -> CloudWatchBackend:
    return cloudwatch_backends[ACCOUNT][declaration.region]


def put(declaration: Declaration, name: str) -> Alarm:
    given = declaration.properties.get
    alarm = backend(declaration).put_metric_alarm(
        name=name, namespace=given("Namespace"), metric_name=given("MetricName"), comparison_operator=given("ComparisonOperator"),
        evaluation_periods=given("EvaluationPeriods"), period=given("Period"), threshold=given("Threshold"), statistic=given("Statistic"),
        description=given("AlarmDescription"), dimensions=given("Dimensions", []), alarm_actions=given("AlarmActions", []),
        metric_data_queries=[query(entry) for entry in given("Metrics", [])], datapoints_to_alarm=given("DatapointsToAlarm"),
        extended_statistic=given("ExtendedStatistic"), ok_actions=given("OKActions", []), insufficient_data_actions=given("InsufficientDataActions", []),
        unit=given("Unit"), actions_enabled=given("ActionsEnabled", True), treat_missing_data=given("TreatMissingData"),
        evaluate_low_sample_count_percentile=given("EvaluateLowSampleCountPercentile"), threshold_metric_id=given("ThresholdMetricId"),
        rule=given("AlarmRule"), tags=given("Tags", []))
    alarm.physical_resource_id = alarm.name
    return alarm


def query(entry: dict[str, Any]) -> MetricDataQuery:
    told, stat = entry.get("MetricStat"), None
    if told:
        has = [Dimension(one["Name"], one["Value"]) for one in told["Metric"].get("Dimensions", [])]
        stat = MetricStat(Metric(told["Metric"]["MetricName"], told["Metric"]["Namespace"], has), told["Period"], told["Stat"], told.get("Unit"))
    return MetricDataQuery(entry["Id"], entry.get("Label"), entry.get("Period"), entry.get("ReturnData", True), entry.get("Expression"), stat)


def create(declaration: Declaration) -> Alarm:
    return put(declaration, declaration.properties.get("AlarmName") or declaration.name)


def attribute(alarm: Alarm, name: str) -> str:
    return {"Arn": alarm.alarm_arn}[name]


def teach_moto() -> None:
    Alarm.get_cfn_attribute = attribute


PLAY = Play(create=create, update=lambda d, alarm, _: put(d, alarm.name), delete=lambda d, alarm: backend(d).delete_alarms([alarm.name]), replaces=("AlarmName",))
PLAYS = {"AWS::CloudWatch::Alarm": PLAY, "AWS::CloudWatch::CompositeAlarm": PLAY}
