"""Configuration: what a group launches its instances from. A launch template's version, instance types, and the share of spot instances.

https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DesiredConfiguration.html
"""

import copy
import math
from dataclasses import dataclass
from typing import Any

from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.models import FakeAutoScalingGroup
from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateVersion

from .member import Member


@dataclass(frozen=True)
class Configuration:
    template: LaunchTemplate
    version: LaunchTemplateVersion
    types: tuple[str, ...]
    """The first is launched: an emulator never lacks capacity."""
    on_demand_base: int = 0
    on_demand_percent: int = 100
    """Of what is above the base."""

    def matches(self, member: Member) -> bool:
        told = member.launch_template
        return told["LaunchTemplateId"] == self.template.id and told["Version"] == str(self.version.number) and member.instance_type in self.types

    def wants_spot(self, running: list[Member]) -> bool:
        """Whether the next instance is a spot instance.
        https://docs.aws.amazon.com/autoscaling/ec2/userguide/mixed-instances-groups-set-up-overview.html"""
        above = max(0, len(running) + 1 - self.on_demand_base)
        on_demand = self.on_demand_base + math.ceil(above * self.on_demand_percent / 100)
        return sum(member.instance.lifecycle != "spot" for member in running) >= on_demand


def of(group: FakeAutoScalingGroup) -> Configuration:
    if group.mixed_instances_policy:
        return resolve(group, {"MixedInstancesPolicy": group.mixed_instances_policy})
    if group.ec2_launch_template is None:
        raise ValidationError("not played: a group without a launch template; give it one")
    return resolve(group, {"LaunchTemplate": {"LaunchTemplateId": group.ec2_launch_template.id, "Version": group.launch_template_version}})


def resolve(group: FakeAutoScalingGroup, desired: dict[str, Any]) -> Configuration:
    """A desired configuration, as StartInstanceRefresh takes it."""
    policy = desired.get("MixedInstancesPolicy") or {}
    spec = policy["LaunchTemplate"]["LaunchTemplateSpecification"] if policy else desired["LaunchTemplate"]
    ec2 = group.ec2_backend
    template = ec2.get_launch_template(spec["LaunchTemplateId"]) if spec.get("LaunchTemplateId") else ec2.get_launch_template_by_name(spec["LaunchTemplateName"])
    version = template.get_version(spec.get("Version") or "$Default")
    overrides = policy.get("LaunchTemplate", {}).get("Overrides") or []
    types = tuple(override["InstanceType"] for override in overrides if override.get("InstanceType")) or (version.data["InstanceType"],)
    distribution = policy.get("InstancesDistribution") or {}
    base, percent = distribution.get("OnDemandBaseCapacity"), distribution.get("OnDemandPercentageAboveBaseCapacity")
    return Configuration(template, version, types, int(base or 0), 100 if percent is None else int(percent))


def given(policy: dict[str, Any] | None) -> dict[str, Any] | None:
    """A mixed instances policy as a caller gives it: moto writes the template's name beside its id, and then refuses to take both."""
    policy = copy.deepcopy(policy)
    if policy and (spec := policy["LaunchTemplate"]["LaunchTemplateSpecification"]).get("LaunchTemplateId"):
        spec.pop("LaunchTemplateName", None)
    return policy


def adopt(group: FakeAutoScalingGroup, desired: dict[str, Any]) -> None:
    """Makes it the group's own."""
    group.mixed_instances_policy = given(desired.get("MixedInstancesPolicy"))
    group._set_launch_configuration(None, desired.get("LaunchTemplate") or {}, group.mixed_instances_policy)
