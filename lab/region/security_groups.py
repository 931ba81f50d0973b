"""Security groups: rules as the template declares them, changed in place so that instances keep their group."""

from typing import Any

from .declaration import Declaration, Play, tag

# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html:
# a group without declared egress lets everything out.
EVERYTHING = [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]


def create(declaration: Declaration) -> Any:
    properties = declaration.properties
    group = declaration.ec2.create_security_group(properties.get("GroupName") or declaration.name, properties["GroupDescription"], properties.get("VpcId"))
    group.egress_rules.clear()
    tag(declaration, group)
    authorize(declaration, group)
    return group


def update(declaration: Declaration, group: Any, before: dict[str, Any]) -> Any:
    for rule in before.get("SecurityGroupIngress", []):
        declaration.ec2.revoke_security_group_ingress(group.id, **arguments(rule))
    for rule in before.get("SecurityGroupEgress") or EVERYTHING:
        declaration.ec2.revoke_security_group_egress(group.id, **arguments(rule))
    tag(declaration, group)
    authorize(declaration, group)
    return group


def authorize(declaration: Declaration, group: Any) -> None:
    for rule in declaration.properties.get("SecurityGroupIngress", []):
        declaration.ec2.authorize_security_group_ingress(group.id, **arguments(rule))
    for rule in declaration.properties.get("SecurityGroupEgress") or EVERYTHING:
        declaration.ec2.authorize_security_group_egress(group.id, **arguments(rule))


def arguments(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule of a template as the arguments of moto's authorize and revoke."""
    cidr = {key: rule[key] for key in ("CidrIp", "CidrIpv6", "Description") if key in rule}
    source = rule.get("SourceSecurityGroupId") or rule.get("DestinationSecurityGroupId")
    return {
        "ip_protocol": str(rule["IpProtocol"]), "from_port": rule.get("FromPort"), "to_port": rule.get("ToPort"),
        "ip_ranges": [cidr] if "CidrIp" in cidr or "CidrIpv6" in cidr else [], "source_groups": [{"GroupId": source}] if source else [],
    }


def create_ingress(declaration: Declaration) -> Any:
    properties = declaration.properties
    rules, _ = declaration.ec2.authorize_security_group_ingress(properties["GroupId"], **arguments(properties))
    return rules[0]


def create_egress(declaration: Declaration) -> Any:
    properties = declaration.properties
    rules, _ = declaration.ec2.authorize_security_group_egress(properties["GroupId"], **arguments(properties))
    return rules[0]


def revoke_ingress(declaration: Declaration, _: Any) -> None:
    declaration.ec2.revoke_security_group_ingress(declaration.properties["GroupId"], **arguments(declaration.properties))


def revoke_egress(declaration: Declaration, _: Any) -> None:
    declaration.ec2.revoke_security_group_egress(declaration.properties["GroupId"], **arguments(declaration.properties))


# All that makes a rule; its description alone changes in place.
RULE = ("GroupId", "CidrIp", "CidrIpv6", "FromPort", "ToPort", "IpProtocol", "SourceSecurityGroupId", "DestinationSecurityGroupId")

PLAYS = {
    "AWS::EC2::SecurityGroup": Play(create=create, update=update, replaces=("GroupName", "GroupDescription", "VpcId")),
    "AWS::EC2::SecurityGroupIngress": Play(create=create_ingress, delete=revoke_ingress, replaces=RULE),
    "AWS::EC2::SecurityGroupEgress": Play(create=create_egress, delete=revoke_egress, replaces=RULE),
}
