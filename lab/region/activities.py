"""The scaling activities of a group: what it did, and why, as DescribeScalingActivities tells it.

https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_Activity.html
"""

import datetime
from typing import Any

from moto.moto_api._internal import mock_random

# AWS keeps six weeks of them; a lab does not live that long, but its groups may be restless.
KEPT = 500

Activity = dict[str, Any]


def now() -> str:
    """The time as causes have it."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Activities:
    def __init__(self, group_name: str, group_arn: str) -> None:
        self.group_name, self.group_arn = group_name, group_arn
        self.all: list[Activity] = []

    def begin(self, description: str, cause: str) -> Activity:
        activity = {"ActivityId": str(mock_random.uuid4()), "AutoScalingGroupName": self.group_name, "AutoScalingGroupARN": self.group_arn,
                    "Description": description, "Cause": cause, "StartTime": datetime.datetime.now(datetime.UTC),
                    "StatusCode": "InProgress", "Progress": 50, "Details": "{}"}
        self.all.insert(0, activity)
        del self.all[KEPT:]
        return activity

    def told(self, ids: list[str]) -> list[Activity]:
        """The newest first, those still in progress before all others."""
        wanted = [activity for activity in self.all if not ids or activity["ActivityId"] in ids]
        return sorted(wanted, key=lambda activity: "EndTime" in activity)


def end(activity: Activity, status: str = "Successful", message: str | None = None) -> None:
    if "EndTime" in activity:
        return
    activity.update(StatusCode=status, Progress=100, EndTime=datetime.datetime.now(datetime.UTC))
    if message:
        activity["StatusMessage"] = message[:255]
        activity["Description"] += f".  Status Reason: {message}"
