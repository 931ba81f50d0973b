"""Target groups: health checks and attributes as ELB has them, changed in place.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-targetgroup.html
"""

from typing import Any

from moto.elbv2.models import ELBv2Backend, FakeTargetGroup, elbv2_backends

from .declaration import Declaration, Play
from .load_balancers import elb, full_name, pairs, retag
from .patch import teach
from .state import ACCOUNT

# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html: what a group begins with.
COMMON = {
    "deregistration_delay.timeout_seconds": "300", "stickiness.enabled": "false", "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
    "target_group_health.dns_failover.minimum_healthy_targets.count": "1",
    "target_group_health.dns_failover.minimum_healthy_targets.percentage": "off",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "1",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "off",
}
OF_HTTP = COMMON | {
    "stickiness.type": "lb_cookie", "stickiness.lb_cookie.duration_seconds": "86400", "stickiness.app_cookie.cookie_name": "",
    "stickiness.app_cookie.duration_seconds": "86400", "slow_start.duration_seconds": "0", "load_balancing.algorithm.type": "round_robin",
    "load_balancing.algorithm.anomaly_mitigation": "off",
}
OF_TCP = COMMON | {
    "stickiness.type": "source_ip", "deregistration_delay.connection_termination.enabled": "false", "proxy_protocol_v2.enabled": "false",
    "preserve_client_ip.enabled": "true", "target_health_state.unhealthy.connection_termination.enabled": "true",
    "target_health_state.unhealthy.draining_interval_seconds": "0",
}
# The properties that CloudFormation changes in place, beside attributes, tags and targets, and moto's name for each.
HEALTH_CHECK = {
    "HealthCheckEnabled": "health_check_enabled", "HealthCheckProtocol": "health_check_protocol", "HealthCheckPort": "health_check_port",
    "HealthCheckPath": "health_check_path", "HealthCheckIntervalSeconds": "health_check_interval_seconds",
    "HealthCheckTimeoutSeconds": "health_check_timeout_seconds", "HealthyThresholdCount": "healthy_threshold_count",
    "UnhealthyThresholdCount": "unhealthy_threshold_count", "Matcher": "matcher",
}
MAX_DELAY = 3600


def teach_moto() -> None:
    teach(ELBv2Backend, "create_target_group")(create_with_defaults)
    teach(ELBv2Backend, "modify_target_group_attributes")(modify_attributes)
    # moto keeps a list that only grows; a group belongs to the load balancers whose listeners send it something.
    FakeTargetGroup.load_balancer_arns = property(load_balancers_of, lambda *_: None)
    FakeTargetGroup.get_cfn_attribute = attribute


def create_with_defaults(plain: Any, backend: ELBv2Backend, name: str, **given: Any) -> FakeTargetGroup:
    if given.get("target_type") != "lambda":
        usual = checks(given.get("protocol"), given.get("healthcheck_protocol"))
        given |= {key: value for field, value in usual.items() if given.get(key := field.replace("health_check", "healthcheck")) is None}
    group = plain(backend, name, **given)
    group.attributes = defaults(group)
    return group


def defaults(group: FakeTargetGroup) -> dict[str, str]:
    of_http = group.protocol in ("HTTP", "HTTPS")
    by_address = group.target_type == "ip" and group.protocol in ("TCP", "TLS")
    return dict(OF_HTTP) if of_http else OF_TCP | ({"preserve_client_ip.enabled": "false"} if by_address else {})


def checks(protocol: str | None, check_protocol: str | None) -> dict[str, Any]:
    """How a group is checked when nobody says.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html"""
    of_http, by_http = protocol in ("HTTP", "HTTPS"), (check_protocol or protocol) in ("HTTP", "HTTPS")
    return {
        "health_check_protocol": "HTTP" if of_http else "TCP", "health_check_interval_seconds": 30, "healthy_threshold_count": 5,
        "unhealthy_threshold_count": 2, "health_check_timeout_seconds": 5 if of_http else 6 if by_http else 10,
        "health_check_path": "/" if by_http else None, "matcher": {"HttpCode": "200" if of_http else "200-399"} if by_http else None,
    }


def load_balancers_of(group: FakeTargetGroup) -> list[str]:
    backend = elbv2_backends[ACCOUNT][group.region_name]
    sends = lambda action: group.arn in backend._get_target_group_arns_from(action_data=action.data)
    return [balancer.arn for balancer in backend.load_balancers.values()
            if any(sends(action) for listener in balancer.listeners.values() for rule in listener.rules.values() for action in rule.actions)]


def modify_attributes(plain: Any, backend: ELBv2Backend, arn: str, attributes: dict[str, Any]) -> None:
    """An hour is allowed, though moto counts to one second less."""
    key = "deregistration_delay.timeout_seconds"
    longest = str(attributes.get(key)) == str(MAX_DELAY)
    plain(backend, arn, {**attributes, key: str(MAX_DELAY - 1)} if longest else attributes)
    if longest:
        backend.target_groups[arn].attributes[key] = str(MAX_DELAY)


def attribute(group: FakeTargetGroup, name: str) -> Any:
    return {"TargetGroupArn": group.arn, "TargetGroupName": group.name, "TargetGroupFullName": full_name(group.arn),
            "LoadBalancerArns": group.load_balancer_arns}[name]


def create(declaration: Declaration) -> FakeTargetGroup:
    properties, backend = declaration.properties, elb(declaration)
    number = lambda name: int(properties[name]) if name in properties else None
    enabled = properties.get("HealthCheckEnabled")
    group = backend.create_target_group(
        declaration.name, vpc_id=properties.get("VpcId"), protocol=properties.get("Protocol"), port=number("Port"),
        protocol_version=properties.get("ProtocolVersion"), target_type=properties.get("TargetType", "instance"),
        ip_address_type=properties.get("IpAddressType"), healthcheck_protocol=properties.get("HealthCheckProtocol"),
        healthcheck_port=text(properties.get("HealthCheckPort")), healthcheck_path=properties.get("HealthCheckPath"),
        healthcheck_interval_seconds=number("HealthCheckIntervalSeconds"), healthcheck_timeout_seconds=number("HealthCheckTimeoutSeconds"),
        healthcheck_enabled=None if enabled is None else str(enabled).lower(), healthy_threshold_count=number("HealthyThresholdCount"),
        unhealthy_threshold_count=number("UnhealthyThresholdCount"), matcher=properties.get("Matcher"))
    backend.modify_target_group_attributes(group.arn, pairs(properties, "TargetGroupAttributes"))
    if targets := properties.get("Targets"):
        backend.register_targets(group.arn, targets)
    retag(declaration, group.arn)
    return group


def update(declaration: Declaration, group: FakeTargetGroup, before: dict[str, Any]) -> FakeTargetGroup:
    properties, backend = declaration.properties, elb(declaration)
    usual = checks(group.protocol, properties.get("HealthCheckProtocol")) | {"health_check_enabled": True, "health_check_port": "traffic-port"}
    for name, field in HEALTH_CHECK.items():
        value = properties.get(name, usual[field])
        setattr(group, field, int(value) if isinstance(value, str) and name.endswith(("Seconds", "Count")) else value)
    group.health_check_port = text(group.health_check_port)
    group.attributes = defaults(group)
    backend.modify_target_group_attributes(group.arn, pairs(properties, "TargetGroupAttributes"))
    old, new = before.get("Targets", []), properties.get("Targets", [])
    for call, targets in ((backend.deregister_targets, [one for one in old if one not in new]), (backend.register_targets, [one for one in new if one not in old])):
        if targets:
            call(group.arn, targets)
    retag(declaration, group.arn)
    return group


def text(value: Any) -> str | None:
    return None if value is None else str(value)


PLAYS = {
    "AWS::ElasticLoadBalancingV2::TargetGroup": Play(
        create=create, update=update, replaces=("Name", "Port", "Protocol", "ProtocolVersion", "TargetType", "VpcId", "IpAddressType"),
        delete=lambda d, group: elb(d).delete_target_group(group.arn)),
}
