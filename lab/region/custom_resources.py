"""Custom resources: those of the CDK that need no Lambda function here; any other fails in one line."""

from dataclasses import dataclass
from typing import Any

from .declaration import Declaration, Play


@dataclass
class CustomResource:
    physical_resource_id: str

    def get_cfn_attribute(self, _: str) -> str:
        return ""


def restrict_default_group(declaration: Declaration) -> CustomResource:
    """What the CDK's restrictDefaultSecurityGroup does: the VPC's default group lets nothing in and nothing out."""
    group = declaration.ec2.get_security_group_from_id(declaration.properties["DefaultSecurityGroupId"])
    group.ingress_rules.clear()
    group.egress_rules.clear()
    return CustomResource(declaration.name)


def refuse(declaration: Declaration) -> CustomResource:
    raise ValueError(f"{declaration.logical_id}: a custom resource must be Custom::VpcRestrictDefaultSG in the lab, "
                     f"got {declaration.type}; leave it out of the stack that you rehearse")


def keep(_: Declaration, resource: CustomResource, __: dict[str, Any]) -> CustomResource:
    return resource


def play(resource_type: str) -> Play:
    create = restrict_default_group if resource_type == "Custom::VpcRestrictDefaultSG" else refuse
    # The VPC goes too, and its default group with it: there is nothing to restore.
    return Play(create=create, update=keep, delete=lambda _, __: None)
