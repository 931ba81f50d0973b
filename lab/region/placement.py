"""Where the next instance of a group goes, and which goes first when there are too many.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-termination-policies.html
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

from .member import Member

# What each policy looks at; the smallest goes first.
POLICIES: dict[str, Callable[[Member], Any]] = {
    "OldestInstance": lambda member: member.instance.launch_time,
    "NewestInstance": lambda member: -member.instance.launch_time.timestamp(),
    "OldestLaunchTemplate": lambda member: member.age,
    "OldestLaunchConfiguration": lambda member: member.age,
    # The oldest launch template version; nobody pays by the hour here, and AWS then takes any: the lab takes the oldest.
    "Default": lambda member: (member.age, member.instance.launch_time),
    "ClosestToNextInstanceHour": lambda member: -(member.instance.launch_time.timestamp() % 3600),
    "AllocationStrategy": lambda _: 0,
}


def emptiest_subnet(fleet: Any) -> str | None:
    """Zones are kept in balance: where the fewest are that will stay; of two such, the first that the group names."""
    if not fleet.group.vpc_zone_identifier:
        return None
    zone_of = {subnet.id: subnet.availability_zone for subnet in subnets(fleet)}
    zones, each = Counter(member.availability_zone for member in fleet.staying), Counter(member.instance.subnet_id for member in fleet.staying)
    return min(fleet.group.vpc_zone_identifier.split(","), key=lambda subnet: (zones[zone_of[subnet]], each[subnet]))


def subnets(fleet: Any) -> list[Any]:
    return fleet.group.ec2_backend.describe_subnets(subnet_ids=fleet.group.vpc_zone_identifier.split(","))


def least_wanted(fleet: Any) -> Member | None:
    """Not yet in service before those that serve, then in the fullest zone, then as the termination policies say."""
    free = [member for member in fleet.counted if not member.protected_from_scale_in]
    pending = [member for member in free if member.pending]
    zones = Counter(member.availability_zone for member in fleet.counted)
    fullest = max((zones[member.availability_zone] for member in pending or free), default=0)
    chosen = [member for member in pending or free if zones[member.availability_zone] == fullest]
    keys = [POLICIES[name] for name in fleet.group.termination_policies if name in POLICIES]
    return min(chosen, key=lambda member: [key(member) for key in keys], default=None)
