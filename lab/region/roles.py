"""IAM roles and instance profiles: policies attached and trust changed as the template says."""

import json
from typing import Any

from moto.iam.models import IAMBackend, Role, iam_backends

from .declaration import Declaration, Play
from .state import ACCOUNT


def iam() -> IAMBackend:
    return iam_backends[ACCOUNT]["aws"]


def update(declaration: Declaration, role: Role, before: dict[str, Any]) -> Role:
    properties = declaration.properties
    iam().update_assume_role_policy(role.name, json.dumps(properties["AssumeRolePolicyDocument"], default=str))
    for policy in before.get("Policies", []):
        role.delete_policy(policy["PolicyName"])
    for policy in properties.get("Policies", []):
        role.put_policy(policy["PolicyName"], policy["PolicyDocument"])
    attach(declaration, role)
    return role


def attach(declaration: Declaration, role: Role) -> None:
    wanted = declaration.properties.get("ManagedPolicyArns", [])
    for arn in set(role.managed_policies) - set(wanted):
        iam().detach_role_policy(arn, role.name)
    # moto knows the managed policies of AWS that were current at its release; one that it lacks grants nothing here.
    known = {policy.arn for policy in iam().managed_policies.values()}
    for arn in wanted:
        if arn in known and arn not in role.managed_policies:
            iam().attach_role_policy(arn, role.name)


def update_profile(declaration: Declaration, profile: Any, _: dict[str, Any]) -> Any:
    profile.roles = [iam().get_role(name) for name in declaration.properties["Roles"]]
    return profile


PLAYS = {
    "AWS::IAM::Role": Play(complete=attach, update=update, replaces=("RoleName", "Path")),
    "AWS::IAM::InstanceProfile": Play(update=update_profile, replaces=("InstanceProfileName", "Path")),
}
