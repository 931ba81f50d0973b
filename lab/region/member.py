"""Member: an instance of an Auto Scaling group, at one state of its lifecycle.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-lifecycle.html
"""

import time
from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup, InstanceState
from moto.ec2.models.instances import Instance
from moto.ec2.models.launch_templates import LaunchTemplateVersion

from .activities import Activity
from .hooks import Action
from .log import say


class Member(InstanceState):
    # https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_Instance.html: the version it was launched from, though it may be gone by now.
    launch_template: dict[str, str] = {}

    def __init__(self, instance: Instance, group: FakeAutoScalingGroup, version: LaunchTemplateVersion, launching: Activity, state: str = "Pending") -> None:
        super().__init__(instance, state, protected_from_scale_in=group.new_instances_protected_from_scale_in, autoscaling_group=group)
        template = version.template
        self.launch_template = {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name, "Version": str(version.number)}
        self.age = template.create_time, version.number
        """How old its launch template is: the smaller, the older."""
        self.activity = launching
        """What the group is doing with it: launching it, or terminating it."""
        self.in_service_at: float | None = None
        self.actions: list[Action] = []
        """The hooks that it waits for."""
        self.outgoing = False
        """Still serves, and is terminated as soon as its replacement is in service."""

    @property
    def pending(self) -> bool:
        return self.lifecycle_state.startswith("Pending")

    @property
    def in_service(self) -> bool:
        return self.lifecycle_state == "InService"

    @property
    def warmed(self) -> str:
        """What the states of one that is in the warm pool begin with; nothing for any other."""
        return "Warmed:" if self.lifecycle_state.startswith("Warmed:") else ""

    @property
    def terminating(self) -> bool:
        return self.lifecycle_state.removeprefix(self.warmed).startswith("Terminating")

    @property
    def alive(self) -> bool:
        """Whether EC2 still runs it."""
        return self.instance.state in ("pending", "running")

    @property
    def image_id(self) -> str:
        return self.instance.image_id

    def served_for(self) -> float:
        """Seconds since it went into service; 0 when it has not."""
        return time.monotonic() - self.in_service_at if self.in_service_at is not None else 0.0

    def enter(self, state: str) -> None:
        self.lifecycle_state = state
        if state == "InService":
            self.in_service_at = time.monotonic()
        say("instance moved", group=self.auto_scaling_group_name, instance=self.instance_id, state=state)

    def told(self) -> dict[str, Any]:
        """As DescribeAutoScalingInstances tells it, which writes the health in capitals, where DescribeAutoScalingGroups does not.
        https://docs.aws.amazon.com/cli/latest/reference/autoscaling/describe-auto-scaling-instances.html"""
        return {"InstanceId": self.instance_id, "InstanceType": self.instance_type, "AutoScalingGroupName": self.auto_scaling_group_name,
                "AvailabilityZone": self.availability_zone, "LifecycleState": self.lifecycle_state, "HealthStatus": self.health_status.upper(),
                "LaunchTemplate": self.launch_template, "ImageId": self.image_id, "ProtectedFromScaleIn": bool(self.protected_from_scale_in)}
