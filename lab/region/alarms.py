"""CloudWatch alarms: evaluated as their points come in, and alarms on alarms.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

import ast
import datetime
import json
import re
import time
from typing import Any

from moto.cloudwatch.exceptions import ValidationError
from moto.cloudwatch.models import Alarm, CloudWatchBackend, MetricDataQuery, cloudwatch_backends
from moto.cloudwatch.responses import CloudWatchResponse

from . import clock, metrics
from .evaluation import ALARM, COMPARISONS, EXTRA_POINTS, INSUFFICIENT_DATA, OK, state
from .log import say
from .patch import teach
from .state import ACCOUNT

TICK_SECONDS = 0.5
# AWS evaluates alarms of 10 and 30 seconds that often, and those of longer periods once a minute: here all of them, for a rehearsal's sake.
EVALUATION_SECONDS = 10
# What is published at the end of a period may arrive after it.
GRACE_SECONDS = 1

MENTION = re.compile(r"""\b(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"([^"]+)"|'([^']+)'|([^\s"')]+))\s*\)""")


def teach_moto() -> None:
    teach(CloudWatchBackend, "put_metric_alarm")(put)
    # moto stores composite alarms by the same action; it only does not listen to its name.
    CloudWatchResponse.put_composite_alarm = CloudWatchResponse.put_metric_alarm
    Alarm.metrics = property(lambda alarm: alarm.metric_data_queries or None)
    clock.every(TICK_SECONDS, beat)


def put(plain: Any, backend: CloudWatchBackend, *arguments: Any, **named: Any) -> Alarm:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html: a new alarm knows nothing yet, and one
    that is changed keeps its state until it is evaluated."""
    refuse_unevaluable(named)
    before = backend.alarms.get(named["name"])
    alarm = plain(backend, *arguments, **named)
    alarm.state_value, alarm.evaluated = INSUFFICIENT_DATA, 0
    if before:
        alarm.state_value, alarm.state_reason, alarm.state_updated_timestamp = before.state_value, before.state_reason, before.state_updated_timestamp
    return alarm


def refuse_unevaluable(named: dict[str, Any]) -> None:
    if rule := named.get("rule"):
        MentionedStates({}).of(rule)
    elif named["comparison_operator"] not in COMPARISONS:
        raise ValidationError(f"ComparisonOperator {named['comparison_operator']} is not played in the lab: it needs an anomaly detector")


def beat() -> None:
    for backend in cloudwatch_backends[ACCOUNT].values():
        for alarm in [one for one in backend.alarms.values() if one.rule is None]:
            end = (time.time() - GRACE_SECONDS) // EVALUATION_SECONDS * EVALUATION_SECONDS
            if alarm.evaluated < end:
                alarm.evaluated = end
                evaluate(alarm, end)
        states = {name: alarm.state_value for alarm in backend.alarms.values() for name in (alarm.name, alarm.alarm_arn)}
        for alarm in [one for one in backend.alarms.values() if one.rule]:
            holds = MentionedStates(states).of(alarm.rule)
            turn(alarm, ALARM if holds else OK, f"{alarm.rule} is {str(holds).lower()}")


def evaluate(alarm: Alarm, end: float) -> None:
    queries, returned = queries_of(alarm)
    period = period_of(queries)
    number = int(alarm.evaluation_periods)
    start = end - (number + EXTRA_POINTS) * period
    points = metrics.evaluate(queries, start, end, period)[returned]
    breaches, _ = COMPARISONS[alarm.comparison_operator]
    breaching = [breaches(points[at], float(alarm.threshold)) if (at := start + index * period) in points else None for index in range(number + EXTRA_POINTS)]
    missing = alarm.treat_missing_data or "missing"
    value = state(breaching, number, int(alarm.datapoints_to_alarm or number), missing, alarm.state_value)
    turn(alarm, value, *why(alarm, value, points))


def queries_of(alarm: Alarm) -> tuple[list[dict[str, Any]], str]:
    """What the alarm watches as queries of GetMetricData, and the id of the one that counts."""
    if not alarm.metric_data_queries:
        metric = {"Namespace": alarm.namespace, "MetricName": alarm.metric_name, "Dimensions": alarm.dimensions}
        stat = {"Metric": metric, "Period": alarm.period, "Stat": alarm.extended_statistic or alarm.statistic, "Unit": alarm.unit}
        return [{"Id": "m", "MetricStat": stat}], "m"
    returned = next((query.id for query in alarm.metric_data_queries if str(query.return_data).lower() not in ("false", "none")), alarm.metric_data_queries[-1].id)
    return [query_of(query) for query in alarm.metric_data_queries], returned


def query_of(query: MetricDataQuery) -> dict[str, Any]:
    if (stat := query.metric_stat) is None:
        return {"Id": query.id, "Expression": query.expression, "Period": query.period}
    metric = {"Namespace": stat.metric.namespace, "MetricName": stat.metric.metric_name, "Dimensions": stat.metric.dimensions}
    return {"Id": query.id, "MetricStat": {"Metric": metric, "Period": stat.period, "Stat": stat.stat, "Unit": stat.unit}}


def period_of(queries: list[dict[str, Any]]) -> int:
    periods = [int(query["MetricStat"]["Period"]) for query in queries if "MetricStat" in query] + [int(query["Period"]) for query in queries if query.get("Period")]
    return max(periods, default=metrics.STANDARD_RESOLUTION)


def why(alarm: Alarm, value: str, points: dict[float, float]) -> tuple[str, dict[str, Any]]:
    """The reason of a state, in CloudWatch's words."""
    number, enough = int(alarm.evaluation_periods), int(alarm.datapoints_to_alarm or alarm.evaluation_periods)
    recent = sorted(points.items(), reverse=True)[:number]
    if not recent:
        return (f"{number} datapoint{'s were' if number > 1 else ' was'} unknown, and treated as {alarm.treat_missing_data or 'missing'}.",
                {"recentDatapoints": []})
    shown = ", ".join(f"{value} ({datetime.datetime.fromtimestamp(at, datetime.UTC):%d/%m/%y %H:%M:%S})" for at, value in recent)
    _, words = COMPARISONS[alarm.comparison_operator]
    verb = ("was" if len(recent) == 1 else "were") + (" not" if value == OK else "")
    way = "ALARM -> OK" if value == OK else "OK -> ALARM"
    return (f"Threshold Crossed: {len(recent)} out of the last {number} datapoints [{shown}] {verb} {words} the threshold ({float(alarm.threshold)}) "
            f"(minimum {enough} datapoint{'s' * (enough > 1)} for {way} transition).",
            {"recentDatapoints": [point for _, point in recent], "threshold": float(alarm.threshold)})


def turn(alarm: Alarm, value: str, reason: str, data: dict[str, Any] | None = None) -> None:
    if value != alarm.state_value:
        say("alarm turned", alarm=alarm.name, state=value, before=alarm.state_value, reason=reason)
        alarm.update_state(reason, json.dumps(data or {}), value)


class MentionedStates:
    """The rule of a composite alarm: states of other alarms, joined by AND, OR and NOT.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html"""

    def __init__(self, states: dict[str, str]) -> None:
        self.states = states

    def of(self, rule: str) -> bool:
        plain = MENTION.sub(lambda found: str(self.states.get(next(filter(None, found.groups()[1:]))) == found[1]), rule)
        for word, instead in (("TRUE", "True"), ("FALSE", "False"), ("AND", "and"), ("OR", "or"), ("NOT", "not")):
            plain = re.sub(rf"\b{word}\b", instead, plain)
        try:
            return self.holds(ast.parse(plain.strip(), mode="eval").body)
        except (SyntaxError, TypeError) as error:
            raise ValidationError(f"AlarmRule must be made of ALARM, OK and INSUFFICIENT_DATA with AND, OR and NOT, got {rule}") from error

    def holds(self, node: ast.expr) -> bool:
        match node:
            case ast.Constant(value=bool() as value):
                return value
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return not self.holds(operand)
            case ast.BoolOp(op=op, values=values):
                return (all if isinstance(op, ast.And) else any)(map(self.holds, values))
        raise TypeError(ast.dump(node))
