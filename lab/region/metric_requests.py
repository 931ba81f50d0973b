"""CloudWatch's actions on metrics, over the query and the JSON protocol: published, listed, and told as statistics."""

import datetime

from moto.cloudwatch.exceptions import InvalidParameterCombination, InvalidParameterValue
from moto.cloudwatch.models import CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult, EmptyResult

from . import metrics


def teach_moto() -> None:
    CloudWatchResponse.put_metric_data = put_metric_data
    CloudWatchResponse.get_metric_statistics = get_metric_statistics
    CloudWatchResponse.get_metric_data = get_metric_data
    CloudWatchResponse.list_metrics = list_metrics


def put_metric_data(response: CloudWatchResponse) -> EmptyResult:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html"""
    namespace, told = response._get_param("Namespace"), response._get_param("MetricData", [])
    for index, entry in enumerate(told):
        CloudWatchBackend._validate_parameters_put_metric_data(response.cloudwatch_backend, entry, index + 1)
        if entry.get("StorageResolution", metrics.STANDARD_RESOLUTION) not in (1, metrics.STANDARD_RESOLUTION):
            raise InvalidParameterValue(f"The value {entry['StorageResolution']} for parameter MetricData.member.{index + 1}.StorageResolution is invalid.")
    for entry in told:
        metrics.put(namespace, entry)
    return EmptyResult()


def moment(at: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(at, datetime.UTC)


def get_metric_statistics(response: CloudWatchResponse) -> ActionResult:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html"""
    asked = response._get_param
    plain, extended, period = asked("Statistics") or [], asked("ExtendedStatistics") or [], int(asked("Period"))
    if not plain and not extended:
        raise InvalidParameterCombination("Must specify either Statistics or ExtendedStatistics")
    start, end = metrics.seconds(asked("StartTime")), metrics.seconds(asked("EndTime"))
    if start >= end:
        raise InvalidParameterValue("The parameter StartTime must be less than the parameter EndTime.")
    start -= start % period
    key = asked("Namespace"), asked("MetricName"), metrics.dimensions(asked("Dimensions", []))
    told = {name: metrics.series(key, name, start, end, period, asked("Unit")) for name in [*plain, *extended]}
    points = []
    for at in sorted(set().union(*told.values())):
        point = {"Timestamp": moment(at), "Unit": metrics.between(key, at, at + period)[0].unit or "None"}
        point |= {name: told[name][at] for name in plain if at in told[name]}
        points.append(point | ({"ExtendedStatistics": {name: told[name][at] for name in extended if at in told[name]}} if extended else {}))
    return ActionResult({"Label": asked("MetricName"), "Datapoints": points})


def get_metric_data(response: CloudWatchResponse) -> ActionResult:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html"""
    asked = response._get_params()
    queries, start, end = asked.get("MetricDataQueries", []), metrics.seconds(asked["StartTime"]), metrics.seconds(asked["EndTime"])
    longest = max((int(query["MetricStat"]["Period"]) for query in queries if "MetricStat" in query), default=metrics.STANDARD_RESOLUTION)
    known = metrics.evaluate(queries, start - start % longest, end)
    newest_first = (asked.get("ScanBy") or "TimestampDescending") == "TimestampDescending"
    results = []
    for query in queries:
        if query.get("ReturnData") is not False:
            points = sorted(known[query["Id"]].items(), reverse=newest_first)
            label = query.get("Label") or (query["MetricStat"]["Metric"]["MetricName"] if "MetricStat" in query else query["Id"])
            results.append({"Id": query["Id"], "Label": label, "StatusCode": "Complete", "Timestamps": [moment(at) for at, _ in points],
                            "Values": [value for _, value in points]})
    return ActionResult({"MetricDataResults": results})


def list_metrics(response: CloudWatchResponse) -> ActionResult:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html"""
    asked = response._get_params()
    filters = [(one["Name"], one.get("Value")) for one in asked.get("Dimensions", [])]
    fits = lambda has: all(any(name == wanted and value in (None, told) for name, told in has) for wanted, value in filters)
    return ActionResult({"Metrics": [
        {"Namespace": namespace, "MetricName": name, "Dimensions": [{"Name": one, "Value": value} for one, value in sorted(has)]}
        for namespace, name, has in metrics.store
        if asked.get("Namespace") in (None, namespace) and asked.get("MetricName") in (None, name) and fits(has)]})
