"""The network of a stack: what moto's CloudFormation leaves out of a VPC and its parts, and how they are deleted."""

from typing import Any

from .declaration import Declaration, Play, retag, tag


def complete_vpc(declaration: Declaration, vpc: Any) -> None:
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpc.html
    vpc.enable_dns_support = declaration.properties.get("EnableDnsSupport", True)
    vpc.enable_dns_hostnames = declaration.properties.get("EnableDnsHostnames", False)


def complete_subnet(declaration: Declaration, subnet: Any) -> None:
    subnet.map_public_ip_on_launch = declaration.properties.get("MapPublicIpOnLaunch", False)
    block = declaration.properties.get("Ipv6CidrBlock")
    if block and block not in [one["ipv6CidrBlock"] for one in subnet.ipv6_cidr_block_associations.values()]:
        subnet.attach_ipv6_cidr_block_associations(block)


def disassociate(declaration: Declaration, association: Any) -> None:
    table = declaration.ec2.get_route_table(association.route_table_id)
    for identifier in [key for key, subnet in table._associations.items() if subnet == association.subnet_id]:
        declaration.ec2.disassociate_route_table(identifier)


def detach_gateway(declaration: Declaration, _: Any) -> None:
    if gateway := declaration.properties.get("InternetGatewayId"):
        declaration.ec2.detach_internet_gateway(gateway, declaration.properties["VpcId"])


PLAYS = {
    "AWS::EC2::VPC": Play(complete=complete_vpc, update=retag, replaces=("CidrBlock",)),
    "AWS::EC2::Subnet": Play(complete=complete_subnet, update=retag, replaces=("AvailabilityZone", "CidrBlock", "VpcId")),
    "AWS::EC2::InternetGateway": Play(complete=tag, update=retag, delete=lambda d, gateway: d.ec2.delete_internet_gateway(gateway.id)),
    "AWS::EC2::VPCGatewayAttachment": Play(delete=detach_gateway),
    "AWS::EC2::RouteTable": Play(complete=tag, update=retag, delete=lambda d, table: d.ec2.delete_route_table(table.id)),
    "AWS::EC2::SubnetRouteTableAssociation": Play(delete=disassociate),
    "AWS::EC2::NatGateway": Play(complete=tag, update=retag, delete=lambda d, gateway: d.ec2.delete_nat_gateway(gateway.id)),
    "AWS::EC2::FlowLog": Play(update=retag, delete=lambda d, flow_log: d.ec2.delete_flow_logs([flow_log.id])),
}
