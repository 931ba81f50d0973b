"""CloudWatch metrics: what was published in the last three hours, and the statistics of it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
"""

import bisect
import datetime
import math
import re
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from moto.cloudwatch.exceptions import InvalidParameterValue

from . import clock, metric_math

# AWS keeps points of less than a minute for three hours: here that is all there is.
KEPT_SECONDS = 3 * 3600
PRUNE_SECONDS = 60
STANDARD_RESOLUTION = 60

Dimensions = frozenset[tuple[str, str]]
Key = tuple[str, str, Dimensions]


@dataclass(order=True)
class Datum:
    """What one PutMetricData said of one metric: values and how often each occurred, or a statistic set."""

    at: float
    values: list[tuple[float, float]] = field(compare=False, default_factory=list)
    count: float = field(compare=False, default=0)
    sum: float = field(compare=False, default=0)
    minimum: float = field(compare=False, default=math.inf)
    maximum: float = field(compare=False, default=-math.inf)
    unit: str | None = field(compare=False, default=None)


store: dict[Key, list[Datum]] = defaultdict(list)


def teach_moto() -> None:
    clock.every(PRUNE_SECONDS, prune)


def prune() -> None:
    oldest = Datum(time.time() - KEPT_SECONDS)
    for key, data in list(store.items()):
        del data[:bisect.bisect_left(data, oldest)]
        if not data:
            del store[key]


def put(namespace: str, entry: dict[str, Any]) -> None:
    at = seconds(entry["Timestamp"]) if entry.get("Timestamp") else time.time()
    # Of a metric of standard resolution only the minute is kept. The lab's own load balancers tell AWS's metrics more often than AWS.
    if entry.get("StorageResolution", STANDARD_RESOLUTION) == STANDARD_RESOLUTION and not namespace.startswith("AWS/"):
        at -= at % STANDARD_RESOLUTION
    key = namespace, entry["MetricName"], dimensions(entry.get("Dimensions", ()))
    bisect.insort(store[key], datum(at, entry))


def datum(at: float, entry: dict[str, Any]) -> Datum:
    if told := entry.get("StatisticValues"):
        count, total, low, high = (float(told[name]) for name in ("SampleCount", "Sum", "Minimum", "Maximum"))
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#Percentiles: of a statistic set
        # a percentile is known only when it says one value.
        return Datum(at, [(low, count)] if count == 1 or low == high else [], count, total, low, high, entry.get("Unit"))
    values = [float(value) for value in entry.get("Values") or [entry.get("Value", 0)]]
    counts = [float(count) for count in entry.get("Counts") or [1] * len(values)]
    told_values = list(zip(values, counts, strict=True))
    return Datum(at, told_values, sum(counts), sum(value * count for value, count in told_values), min(values), max(values), entry.get("Unit"))


def seconds(moment: Any) -> float:
    if isinstance(moment, str):
        moment = datetime.datetime.fromisoformat(moment)
    return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp()


def dimensions(told: Iterable[Any]) -> Dimensions:
    pair = lambda one: (one["Name"], one["Value"]) if isinstance(one, dict) else (one.name, one.value)
    return frozenset(pair(one) for one in told)


def between(key: Key, start: float, end: float, unit: str | None = None) -> list[Datum]:
    data = store.get(key, [])
    return [one for one in data[bisect.bisect_left(data, Datum(start)):bisect.bisect_left(data, Datum(end))] if unit in (None, one.unit)]


def statistic(data: list[Datum], name: str) -> float | None:
    """One statistic of some data; None when there is none, as of percentiles of statistic sets."""
    count = sum(one.count for one in data)
    if not data or (count == 0 and name != "SampleCount"):
        return None
    if percentile := re.fullmatch(r"p(\d{1,2}(?:\.\d+)?|100)", name):
        return of_percentile(data, float(percentile[1]))
    total = sum(one.sum for one in data)
    known = {"SampleCount": count, "Sum": total, "Minimum": min(one.minimum for one in data), "Maximum": max(one.maximum for one in data)}
    if name == "Average":
        return total / count
    if name not in known:
        raise InvalidParameterValue(f"The value {name} for parameter Statistic is not supported.")
    return known[name]


def of_percentile(data: list[Datum], percent: float) -> float | None:
    """The smallest value that so many of a hundred do not exceed."""
    if not all(one.values for one in data if one.count):
        return None
    values = sorted(value for one in data for value in one.values)
    wanted, seen = percent / 100 * sum(count for _, count in values), 0.0
    for value, count in values:
        seen += count
        if seen >= wanted - 1e-9:
            return value
    return None


def series(key: Key, name: str, start: float, end: float, period: int, unit: str | None = None) -> dict[float, float]:
    """One statistic of each period from start to end; a period without data is not in it."""
    periods: dict[float, list[Datum]] = defaultdict(list)
    for one in between(key, start, end, unit):
        periods[start + (one.at - start) // period * period].append(one)
    points = {at: statistic(data, name) for at, data in sorted(periods.items())}
    return {at: value for at, value in points.items() if value is not None}


def evaluate(queries: list[dict[str, Any]], start: float, end: float, period: int | None = None) -> dict[str, dict[float, float]]:
    """Every query of a GetMetricData or of an alarm, by its id: metrics first, then the expressions of them."""
    known: dict[str, dict[float, float]] = {}
    for query in queries:
        if stat := query.get("MetricStat"):
            metric = stat["Metric"]
            key = metric["Namespace"], metric["MetricName"], dimensions(metric.get("Dimensions", ()))
            known[query["Id"]] = series(key, stat["Stat"], start, end, int(stat["Period"]), stat.get("Unit"))
    shortest = period or min((int(query["MetricStat"]["Period"]) for query in queries if query.get("MetricStat")), default=STANDARD_RESOLUTION)
    periods = [start + index * shortest for index in range(math.ceil((end - start) / shortest))]
    waiting = [query for query in queries if query.get("Expression")]
    while ready := [query for query in waiting if not metric_math.names(query["Expression"]) & {other["Id"] for other in waiting} - {query["Id"]}]:
        for query in ready:
            known[query["Id"]] = metric_math.evaluate(query["Expression"], known, periods)
            waiting.remove(query)
    if waiting:
        raise InvalidParameterValue(f"Expressions refer to each other: {', '.join(query['Id'] for query in waiting)}")
    return known
