"""Ways out of a network: routes, IPv6, the gateway for IPv6 alone, and endpoints of services."""

import json
from dataclasses import dataclass
from typing import Any

from moto.ec2.models.route_tables import Route
from moto.ec2.models.vpc_peering_connections import VPCPeeringConnection
from moto.ec2.models.vpcs import VPC, VPCEndPoint

from .declaration import Declaration, Play, retag
from .patch import teach

# What a route may lead to: CloudFormation's name, and moto's.
TARGETS = {
    "GatewayId": "gateway_id", "InstanceId": "instance_id", "NetworkInterfaceId": "interface_id", "NatGatewayId": "nat_gateway_id",
    "EgressOnlyInternetGatewayId": "egress_only_igw_id", "VpcPeeringConnectionId": "vpc_peering_connection_id",
}
TAKEN_AS_GIVEN = {"TransitGatewayId", "CarrierGatewayId", "LocalGatewayId", "VpcEndpointId"}


@dataclass
class Association:
    """A range of addresses that belongs to a VPC."""

    physical_resource_id: str


def teach_moto() -> None:
    teach(VPC, "get_cfn_attribute")(vpc_attribute)


def vpc_attribute(plain: Any, vpc: VPC, name: str) -> Any:
    """moto knows the IPv4 ranges alone."""
    if name == "Ipv6CidrBlocks":
        return [block["cidr_block"] for block in vpc.get_cidr_block_association_set(ipv6=True)]
    return plain(vpc, name)


def add_block(declaration: Declaration) -> Association:
    properties = declaration.properties
    ipv6 = str(properties.get("AmazonProvidedIpv6CidrBlock", False)).lower() == "true"
    made = declaration.ec2.associate_vpc_cidr_block(properties["VpcId"], properties.get("CidrBlock"), ipv6)
    return Association(made["association_id"])


def create_route(declaration: Declaration) -> Route:
    properties = declaration.properties
    if unknown := TAKEN_AS_GIVEN & properties.keys():
        raise ValueError(f"{declaration.logical_id}: a route must lead to one of {', '.join(TARGETS)} in the lab, got {unknown.pop()}; "
                         "leave it out of the stack that you rehearse")
    return declaration.ec2.create_route(
        properties["RouteTableId"], properties.get("DestinationCidrBlock"), destination_ipv6_cidr_block=properties.get("DestinationIpv6CidrBlock"),
        **{argument: properties[name] for name, argument in TARGETS.items() if name in properties})


def delete_route(declaration: Declaration, _: Any) -> None:
    properties = declaration.properties
    declaration.ec2.delete_route(properties["RouteTableId"], properties.get("DestinationCidrBlock"), properties.get("DestinationIpv6CidrBlock"))


def lead_elsewhere(declaration: Declaration, route: Any, _: dict[str, Any]) -> Route:
    delete_route(declaration, route)
    return create_route(declaration)


def create_endpoint(declaration: Declaration) -> VPCEndPoint:
    properties = declaration.properties
    endpoint = declaration.ec2.create_vpc_endpoint(
        properties["VpcId"], properties["ServiceName"], properties.get("VpcEndpointType", "Gateway"), policy(properties),
        list(properties.get("RouteTableIds", [])), list(properties.get("SubnetIds", [])), security_group_ids=list(properties.get("SecurityGroupIds", [])),
        private_dns_enabled=properties.get("PrivateDnsEnabled"))
    return retag(declaration, endpoint, {})


def policy(properties: dict[str, Any]) -> str | None:
    document = properties.get("PolicyDocument")
    return document if document is None or isinstance(document, str) else json.dumps(document, default=str)


def update_endpoint(declaration: Declaration, endpoint: VPCEndPoint, _: dict[str, Any]) -> VPCEndPoint:
    properties = declaration.properties
    endpoint.policy_document = policy(properties) or json.dumps(VPCEndPoint.DEFAULT_POLICY)
    endpoint.private_dns_enabled = properties.get("PrivateDnsEnabled")
    endpoint.route_table_ids, endpoint.subnet_ids = list(properties.get("RouteTableIds", [])), list(properties.get("SubnetIds", []))
    endpoint.security_group_ids = list(properties.get("SecurityGroupIds", []))
    return retag(declaration, endpoint, {})


def connect(declaration: Declaration) -> VPCPeeringConnection:
    """Between two networks of one account CloudFormation accepts what it asks for.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpcpeeringconnection.html"""
    ec2, properties = declaration.ec2, declaration.properties
    connection = ec2.create_vpc_peering_connection(ec2.get_vpc(properties["VpcId"]), ec2.get_vpc(properties["PeerVpcId"]))
    return retag(declaration, ec2.accept_vpc_peering_connection(connection.id), {})


PLAYS = {
    "AWS::EC2::VPCPeeringConnection": Play(create=connect, update=retag, replaces=("VpcId", "PeerVpcId"),
                                           delete=lambda d, connection: d.ec2.delete_vpc_peering_connection(connection.id)),
    "AWS::EC2::VPCCidrBlock": Play(
        create=add_block, delete=lambda d, block: d.ec2.disassociate_vpc_cidr_block(block.physical_resource_id),
        replaces=("VpcId", "CidrBlock", "AmazonProvidedIpv6CidrBlock")),
    "AWS::EC2::EgressOnlyInternetGateway": Play(
        create=lambda d: d.ec2.create_egress_only_internet_gateway(d.properties["VpcId"], d.tags), update=retag, replaces=("VpcId",),
        delete=lambda d, gateway: d.ec2.delete_egress_only_internet_gateway(gateway.id)),
    "AWS::EC2::Route": Play(create=create_route, update=lead_elsewhere, delete=delete_route,
                            replaces=("RouteTableId", "DestinationCidrBlock", "DestinationIpv6CidrBlock")),
    "AWS::EC2::VPCEndpoint": Play(
        create=create_endpoint, update=update_endpoint, delete=lambda d, endpoint: d.ec2.delete_vpc_endpoints([endpoint.id]),
        replaces=("ServiceName", "VpcEndpointType", "VpcId")),
}
