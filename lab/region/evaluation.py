"""What the state of an alarm is by its points, those that are missing included.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

import operator
from collections.abc import Callable, Sequence

OK, ALARM, INSUFFICIENT_DATA = "OK", "ALARM", "INSUFFICIENT_DATA"

COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}

# AWS retrieves more points than it evaluates; how many more it does not say, but for the two of its examples.
EXTRA_POINTS = 2


def state(breaching: Sequence[bool | None], periods: int, to_alarm: int, missing: str, now: str) -> str:
    """The state after an evaluation.

    @param breaching: the points of the evaluation range, oldest first; None is a missing one
    @param missing: TreatMissingData
    @param now: the state before it
    """
    real = [point for point in breaching if point is not None][-periods:]
    bad, lacking = real.count(True), periods - len(real)
    if bad >= to_alarm:
        return ALARM
    if lacking <= 0 or missing == "notBreaching":
        return OK
    if missing == "breaching":
        return ALARM if bad + lacking >= to_alarm else OK
    if False in real:
        return OK
    if missing == "ignore":
        return now
    # An alarm that has seen nothing good does not wait for the points that would complete it, once the bad one is old enough.
    return ALARM if bad and len(breaching) - list(breaching).index(True) >= to_alarm else INSUFFICIENT_DATA
