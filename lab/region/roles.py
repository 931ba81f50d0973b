"""IAM roles, managed policies and instance profiles: policies attached and trust changed as the template says."""

import json
from typing import Any

from moto.iam.models import IAMBackend, ManagedPolicy, Role, iam_backends

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


def update_policy(declaration: Declaration, policy: ManagedPolicy, before: dict[str, Any]) -> ManagedPolicy:
    """A new default version; AWS keeps five of them, and CloudFormation deletes the oldest."""
    for version in [version for version in policy.versions if not version.is_default]:
        iam().delete_policy_version(policy.arn, version.version_id)
    iam().create_policy_version(policy.arn, json.dumps(declaration.properties["PolicyDocument"], default=str), "true")
    old, new = set(before.get("Roles", [])), set(declaration.properties.get("Roles", []))
    for role in old - new:
        iam().detach_role_policy(policy.arn, role)
    for role in new - old:
        iam().attach_role_policy(policy.arn, role)
    return policy


def delete_policy(_: Declaration, policy: ManagedPolicy) -> None:
    for role in [role for role in iam().roles.values() if policy.arn in role.managed_policies]:
        iam().detach_role_policy(policy.arn, role.name)
    iam().delete_policy(policy.arn)


def update_profile(declaration: Declaration, profile: Any, _: dict[str, Any]) -> Any:
    profile.roles = [iam().get_role(name) for name in declaration.properties["Roles"]]
    return profile


PLAYS = {
    "AWS::IAM::ManagedPolicy": Play(update=update_policy, delete=delete_policy, replaces=("ManagedPolicyName", "Path", "Description")),
    "AWS::IAM::Role": Play(complete=attach, update=update, replaces=("RoleName", "Path")),
    "AWS::IAM::InstanceProfile": Play(update=update_profile, replaces=("InstanceProfileName", "Path")),
}
