"""Load balancers: kinds, attributes and deletion protection as ELB has them, each at an address of the lab's own pool.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
"""

import ipaddress
from typing import Any

from moto.ec2.models import ec2_backends
from moto.elbv2.exceptions import DuplicateLoadBalancerName, ELBClientError
from moto.elbv2.models import ELBv2Backend, FakeLoadBalancer, elbv2_backends

from . import addresses
from .declaration import Declaration, Play
from .log import say
from .patch import teach
from .state import ACCOUNT

# The hosted zones of us-east-1: https://docs.aws.amazon.com/general/latest/gr/elb.html
HOSTED_ZONES = {"application": "Z35SXDOTRQ7X7K", "network": "Z26RNL4JYFTOTI"}

# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html: what each kind begins with.
COMMON = {
    "deletion_protection.enabled": "false", "access_logs.s3.enabled": "false", "access_logs.s3.bucket": "", "access_logs.s3.prefix": "",
    "ipv6.deny_all_igw_traffic": "false", "zonal_shift.config.enabled": "false",
}
ATTRIBUTES = {
    "application": COMMON | {
        "load_balancing.cross_zone.enabled": "true", "idle_timeout.timeout_seconds": "60", "client_keep_alive.seconds": "3600",
        "routing.http2.enabled": "true", "routing.http.desync_mitigation_mode": "defensive", "routing.http.drop_invalid_header_fields.enabled": "false",
        "routing.http.preserve_host_header.enabled": "false", "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
        "routing.http.xff_client_port.enabled": "false", "routing.http.xff_header_processing.mode": "append", "waf.fail_open.enabled": "false",
        "connection_logs.s3.enabled": "false", "connection_logs.s3.bucket": "", "connection_logs.s3.prefix": "",
    },
    "network": COMMON | {
        "load_balancing.cross_zone.enabled": "false", "dns_record.client_routing_policy": "any_availability_zone",
        "secondary_ips.auto_assigned.per_subnet": "0",
    },
}


def teach_moto(pool: ipaddress.IPv4Network | None) -> None:
    teach(ELBv2Backend, "create_load_balancer")(lambda plain, *arguments, **named: create(plain, pool, *arguments, **named))
    teach(ELBv2Backend, "delete_load_balancer")(delete)
    FakeLoadBalancer.get_cfn_attribute = attribute


def create(plain: Any, pool: ipaddress.IPv4Network | None, backend: ELBv2Backend, name: str, *arguments: Any, **named: Any) -> FakeLoadBalancer:
    if any(balancer.name == name for balancer in backend.load_balancers.values()):
        raise DuplicateLoadBalancerName()
    # What leads nowhere must not be asked for again by who creates it twice.
    address = addresses.free_address(pool) if pool else None
    balancer = plain(backend, name, *arguments, **named)
    balancer.security_groups, balancer.scheme = balancer.security_groups or [], balancer.scheme or "internet-facing"
    balancer.dns_name = address or balancer.dns_name
    balancer.canonical_hosted_zone_id = HOSTED_ZONES.get(balancer.type, balancer.canonical_hosted_zone_id)
    balancer.attrs = dict(ATTRIBUTES.get(balancer.type, COMMON))
    if balancer.type == "network":
        rename(backend, balancer, balancer.arn.replace(":loadbalancer/app/", ":loadbalancer/net/"))
    say("load balancer created", loadBalancer=balancer.name, kind=balancer.type, address=balancer.dns_name)
    return balancer


def rename(backend: ELBv2Backend, balancer: FakeLoadBalancer, arn: str) -> None:
    """moto says app of every kind; the ARN is what metrics and alarms know a load balancer by."""
    tags = backend.tagging_service.list_tags_for_resource(balancer.arn)["Tags"]
    backend.tagging_service.delete_all_tags_for_resource(balancer.arn)
    del backend.load_balancers[balancer.arn]
    backend.load_balancers[arn], balancer.arn = balancer, arn
    backend.tagging_service.tag_resource(arn, tags)


def delete(plain: Any, backend: ELBv2Backend, arn: str) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteLoadBalancer.html: one that is not there is no error."""
    balancer = backend.load_balancers.get(arn)
    if balancer and str(balancer.attrs.get("deletion_protection.enabled")).lower() == "true":
        raise ELBClientError("OperationNotPermitted", f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled")
    plain(backend, arn)
    if balancer:
        say("load balancer deleted", loadBalancer=balancer.name, address=balancer.dns_name)


def full_name(arn: str) -> str:
    """The part of an ARN that metrics have as the dimension LoadBalancer or TargetGroup."""
    resource = arn.split(":", 5)[5]
    return resource.removeprefix("loadbalancer/")


def attribute(balancer: FakeLoadBalancer, name: str) -> Any:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-loadbalancer.html"""
    return {
        "DNSName": balancer.dns_name, "LoadBalancerName": balancer.name, "LoadBalancerFullName": full_name(balancer.arn),
        "LoadBalancerArn": balancer.arn, "CanonicalHostedZoneID": balancer.canonical_hosted_zone_id, "SecurityGroups": balancer.security_groups,
    }[name]


def elb(declaration: Declaration) -> ELBv2Backend:
    return elbv2_backends[ACCOUNT][declaration.region]


def retag(declaration: Declaration, arn: str) -> None:
    """The template's tags, and those that CloudFormation adds."""
    service = elb(declaration).tagging_service
    service.delete_all_tags_for_resource(arn)
    service.tag_resource(arn, [{"Key": key, "Value": value} for key, value in declaration.tags.items()] + [
        {"Key": f"aws:cloudformation:{key}", "Value": value} for key, value in (
            ("stack-name", declaration.stack_name), ("stack-id", declaration.stack_id), ("logical-id", declaration.logical_id))])


def pairs(properties: dict[str, Any], name: str) -> dict[str, str]:
    """Attributes as templates write them. A template may say true where the API says "true"."""
    return {entry["Key"]: str(entry["Value"]).lower() if isinstance(entry["Value"], bool) else str(entry["Value"]) for entry in properties.get(name, [])}


def play_create(declaration: Declaration) -> FakeLoadBalancer:
    properties = declaration.properties
    balancer = elb(declaration).create_load_balancer(
        declaration.name, properties.get("SecurityGroups", []), properties.get("Subnets", []), subnet_mappings=properties.get("SubnetMappings", []),
        scheme=properties.get("Scheme"), loadbalancer_type=properties.get("Type"), ip_address_type=properties.get("IpAddressType", "ipv4"))
    elb(declaration).modify_load_balancer_attributes(balancer.arn, pairs(properties, "LoadBalancerAttributes"))
    retag(declaration, balancer.arn)
    return balancer


def play_update(declaration: Declaration, balancer: FakeLoadBalancer, _: dict[str, Any]) -> FakeLoadBalancer:
    properties, ec2 = declaration.properties, ec2_backends[ACCOUNT][declaration.region]
    subnets = properties.get("Subnets") or [mapping["SubnetId"] for mapping in properties.get("SubnetMappings", [])]
    balancer.subnets = [ec2.get_subnet(subnet) for subnet in subnets]
    elb(declaration).set_security_groups(balancer.arn, properties.get("SecurityGroups", []))
    elb(declaration).set_ip_address_type(balancer.arn, properties.get("IpAddressType", "ipv4"))
    # An attribute that the template no longer names is what it is by default.
    balancer.attrs = dict(ATTRIBUTES.get(balancer.type, COMMON))
    elb(declaration).modify_load_balancer_attributes(balancer.arn, pairs(properties, "LoadBalancerAttributes"))
    retag(declaration, balancer.arn)
    return balancer


PLAYS = {
    "AWS::ElasticLoadBalancingV2::LoadBalancer": Play(
        create=play_create, update=play_update, replaces=("Name", "Scheme", "Type"),
        delete=lambda d, balancer: elb(d).delete_load_balancer(balancer.arn)),
}
