"""Listeners, their rules and certificates, changed in place.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-listener.html
"""

import copy
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from moto.elbv2.exceptions import DuplicateListenerError, LoadBalancerNotFoundError
from moto.elbv2.models import ELBv2Backend, FakeAction, FakeListener, FakeListenerRule

from .declaration import Declaration, Play
from .load_balancers import elb, pairs, retag
from .patch import teach

SECURE = ("HTTPS", "TLS")
# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ListenerAttribute.html
ATTRIBUTES = {"TCP": {"tcp.idle_timeout.seconds": "350"}, "HTTP": {"routing.http.response.server.enabled": "true"},
              "HTTPS": {"routing.http.response.server.enabled": "true"}}
# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html: the parts that stay as they are.
REDIRECT = {"Protocol": "#{protocol}", "Host": "#{host}", "Port": "#{port}", "Path": "/#{path}", "Query": "#{query}"}
POLICY = "ELBSecurityPolicy-2016-08"


@dataclass
class Certificates:
    """The certificates that a template adds to a listener."""

    physical_resource_id: str
    listener: str
    arns: list[str]

    def get_cfn_attribute(self, _: str) -> str:
        return ""


def teach_moto() -> None:
    teach(FakeAction, "__init__")(lambda plain, action, data: plain(action, whole(data)))
    teach(ELBv2Backend, "create_listener")(create)
    teach(ELBv2Backend, "modify_listener")(modify)
    FakeListener.rules = property(in_order)
    FakeListener.get_cfn_attribute = lambda listener, name: {"ListenerArn": listener.arn}[name]
    FakeListenerRule.get_cfn_attribute = lambda rule, name: {"RuleArn": rule.arn, "IsDefault": False}[name]


def whole(data: dict[str, Any]) -> dict[str, Any]:
    """An action as ELB tells it: what was left out is there, and one target group is told in both ways. A copy, for moto writes into it."""
    data = copy.deepcopy(data)
    if data.get("Type") == "redirect":
        return {**data, "RedirectConfig": REDIRECT | data.get("RedirectConfig", {})}
    groups = data.get("ForwardConfig", {}).get("TargetGroups", [])
    if data.get("Type") == "forward" and not groups and "TargetGroupArn" in data:
        return {**data, "ForwardConfig": {**data.get("ForwardConfig", {}), "TargetGroups": [{"TargetGroupArn": data["TargetGroupArn"], "Weight": 1}]}}
    return {**data, "TargetGroupArn": groups[0]["TargetGroupArn"]} if len(groups) == 1 else data


def in_order(listener: FakeListener) -> dict[Any, Any]:
    """Rules in the order in which they are tried, the default rule last."""
    ruled = sorted(listener._non_default_rules.items(), key=lambda entry: int(entry[1].priority))
    return OrderedDict(ruled + list(listener._default_rule.items()))


def create(plain: Any, backend: ELBv2Backend, load_balancer_arn: str, protocol: str, port: Any, *arguments: Any, **named: Any) -> FakeListener:
    balancer = backend.load_balancers.get(load_balancer_arn)
    if balancer is None:
        raise LoadBalancerNotFoundError()
    if any(str(listener.port) == str(port) for listener in balancer.listeners.values()):
        raise DuplicateListenerError()
    listener = plain(backend, load_balancer_arn, protocol, int(port), *arguments, **named)
    listener.attributes = dict(ATTRIBUTES.get(listener.protocol, {}))
    listener.ssl_policy = listener.ssl_policy if listener.protocol in SECURE else None
    return listener


def modify(_: Any, backend: ELBv2Backend, arn: str, port: Any = None, protocol: str | None = None, ssl_policy: str | None = None,
           certificates: list[dict[str, Any]] | None = None, actions: list[dict[str, Any]] | None = None) -> FakeListener:
    """moto knows no TLS here."""
    listener = backend.describe_listeners(None, [arn])[0]
    balancer = backend.load_balancers[listener.load_balancer_arn]
    if port is not None and any(str(other.port) == str(port) for other in balancer.listeners.values() if other is not listener):
        raise DuplicateListenerError()
    listener.port, listener.protocol = int(port or listener.port), protocol or listener.protocol
    backend._validate_port_and_protocol(balancer.type, listener.port, listener.protocol)
    if certificates:
        listener.certificate = certificates[0]["CertificateArn"]
        listener.certificates = [listener.certificate, *listener.certificates[1:]]
    if listener.protocol in SECURE:
        listener.ssl_policy = ssl_policy or listener.ssl_policy or POLICY
    else:
        listener.ssl_policy, listener.certificate, listener.certificates = None, None, []
    if actions:
        act(backend, listener, actions)
    return listener


def act(backend: ELBv2Backend, listener: FakeListener, actions: list[dict[str, Any]]) -> None:
    made = [FakeAction(action) for action in actions]
    backend._validate_actions(made)
    listener.default_actions = listener._default_rule[0].actions = made


def play_create(declaration: Declaration) -> FakeListener:
    properties = declaration.properties
    certificates = properties.get("Certificates", [])
    listener = elb(declaration).create_listener(
        properties["LoadBalancerArn"], properties.get("Protocol"), properties["Port"], properties.get("SslPolicy", POLICY),
        certificates[0]["CertificateArn"] if certificates else None, properties["DefaultActions"], properties.get("AlpnPolicy"))
    listener.attributes |= pairs(properties, "ListenerAttributes")
    retag(declaration, listener.arn)
    return listener


def play_update(declaration: Declaration, listener: FakeListener, _: dict[str, Any]) -> FakeListener:
    properties = declaration.properties
    elb(declaration).modify_listener(listener.arn, properties["Port"], properties.get("Protocol"), properties.get("SslPolicy"),
                                     properties.get("Certificates", []), properties["DefaultActions"])
    listener.alpn_policy = properties.get("AlpnPolicy", [])
    listener.attributes = ATTRIBUTES.get(listener.protocol, {}) | pairs(properties, "ListenerAttributes")
    retag(declaration, listener.arn)
    return listener


def create_rule(declaration: Declaration) -> FakeListenerRule:
    properties = declaration.properties
    rule = elb(declaration).create_rule(properties["ListenerArn"], properties["Conditions"], int(properties["Priority"]), properties["Actions"])
    retag(declaration, rule.arn)
    return rule


def update_rule(declaration: Declaration, rule: FakeListenerRule, _: dict[str, Any]) -> FakeListenerRule:
    properties = declaration.properties
    elb(declaration).modify_rule(rule.arn, properties["Conditions"], properties["Actions"])
    rule.priority = int(properties["Priority"])
    retag(declaration, rule.arn)
    return rule


def add_certificates(declaration: Declaration) -> Certificates:
    listener, added = declaration.properties["ListenerArn"], declaration.properties["Certificates"]
    elb(declaration).add_listener_certificates(listener, added)
    return Certificates(declaration.name, listener, [one["CertificateArn"] for one in added])


def change_certificates(declaration: Declaration, certificates: Certificates, _: dict[str, Any]) -> Certificates:
    remove_certificates(declaration, certificates)
    certificates.arns = add_certificates(declaration).arns
    return certificates


def remove_certificates(declaration: Declaration, certificates: Certificates) -> None:
    elb(declaration).remove_listener_certificates(certificates.listener, [{"CertificateArn": arn} for arn in certificates.arns])


PLAYS = {
    "AWS::ElasticLoadBalancingV2::Listener": Play(
        create=play_create, update=play_update, replaces=("LoadBalancerArn",), delete=lambda d, listener: elb(d).delete_listener(listener.arn)),
    "AWS::ElasticLoadBalancingV2::ListenerRule": Play(
        create=create_rule, update=update_rule, replaces=("ListenerArn",), delete=lambda d, rule: elb(d).delete_rule(rule.arn)),
    "AWS::ElasticLoadBalancingV2::ListenerCertificate": Play(
        create=add_certificates, update=change_certificates, delete=remove_certificates, replaces=("ListenerArn",)),
}
