"""Creates, updates and deletes one resource of a stack: by the region's own play where there is one, else by moto."""

import copy
from typing import Any

from moto.cloudformation import parsing
from moto.cloudformation.exceptions import UnformattedGetAttTemplateException
from moto.cloudformation.parsing import ResourceMap, clean_json, generate_resource_name
from moto.ec2.models.core import TaggedEC2Resource

from . import addresses, autoscaling, custom_resources, log_groups, network, parameters, roles, security_groups, volumes
from . import alarm_declarations, buckets, certificates, database_declarations, egress, keys, listeners, load_balancers, scheduled_actions, secrets, target_groups, tracking
from .declaration import Declaration, Play
from .log import say_once
from .not_played import NotPlayed
from .state import ACCOUNT

PLAYS: dict[str, Play] = {}
for part in (addresses, autoscaling, log_groups, network, parameters, roles, security_groups, volumes):
    PLAYS |= part.PLAYS
for part in (alarm_declarations, buckets, certificates, database_declarations, egress, keys, listeners, load_balancers, scheduled_actions, secrets, target_groups, tracking):
    PLAYS |= part.PLAYS

# Nothing happens in AWS for these either, but for waiting, which the stack operation does.
EMPTY = {"AWS::CloudFormation::WaitCondition", "AWS::CDK::Metadata"}


def declare(resources: ResourceMap, stack_name: str, logical_id: str, template: dict[str, Any]) -> Declaration:
    """Resolves a resource of a template against what the stack's resources are now."""
    properties = secrets.resolve(resources._region_name, clean_json(copy.deepcopy(template.get("Properties", {})), resources))
    model, kind = model_of(template["Type"]), template["Type"]
    own = properties.get(model.cloudformation_name_type()) if model and model.cloudformation_name_type() else None
    return Declaration(resources._region_name, stack_name, resources.stack_id, logical_id, kind,
                       own or generate_resource_name(kind, stack_name, logical_id), properties, template,
                       clean_json(copy.deepcopy(template.get("UpdatePolicy", {})), resources))


def model_of(kind: str) -> Any:
    return parsing.get_model_map().get(kind)


def play_of(kind: str) -> Play:
    if kind.startswith("Custom::") or kind == "AWS::CloudFormation::CustomResource":
        return custom_resources.play(kind)
    return PLAYS.get(kind, Play())


def moto_form(declaration: Declaration) -> dict[str, Any]:
    # moto changes the properties that it is given.
    return {"Type": declaration.type, "Properties": copy.deepcopy(declaration.properties)}


def create(declaration: Declaration) -> Any:
    play, model = play_of(declaration.type), model_of(declaration.type)
    if play.create:
        resource = play.create(declaration)
    elif model is None:
        return not_played(declaration)
    else:
        resource = model.create_from_cloudformation_json(
            declaration.name, moto_form(declaration), ACCOUNT, declaration.region,
            LogicalId=declaration.logical_id, StackId=declaration.stack_id, ResourceType=declaration.type)
    if play.complete:
        play.complete(declaration, resource)
    if isinstance(resource, TaggedEC2Resource):
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-resource-tags.html
        resource.add_tags({"aws:cloudformation:stack-name": declaration.stack_name, "aws:cloudformation:stack-id": declaration.stack_id,
                           "aws:cloudformation:logical-id": declaration.logical_id})
    return resource


def not_played(declaration: Declaration) -> NotPlayed:
    if declaration.type not in EMPTY:
        say_once("resource not played", declaration.type)
    return NotPlayed(declaration.logical_id, declaration.name)


def attribute(declaration: Declaration, resource: Any, name: str) -> Any:
    """Fn::GetAtt: what moto knows, else what the template says, else the resource's own id under its attribute names."""
    try:
        return type(resource).get_cfn_attribute(resource, name)
    except (AttributeError, KeyError, NotImplementedError, UnformattedGetAttTemplateException):
        if name in declaration.properties:
            return declaration.properties[name]
        if name.endswith("Id") or name == "PublicIp":
            return resource.physical_resource_id
    raise ValueError(f"{declaration.logical_id}: the attribute {name} must be known in the lab, got none for {declaration.type}; "
                     "leave it out of the stack that you rehearse")


def replaces(declaration: Declaration, before: dict[str, Any]) -> bool:
    """Whether CloudFormation makes a new physical resource for this change."""
    return any(declaration.properties.get(name) != before.get(name) for name in play_of(declaration.type).replaces)


def update(declaration: Declaration, resource: Any, before: dict[str, Any]) -> Any:
    play, model = play_of(declaration.type), model_of(declaration.type)
    if play.update:
        updated = play.update(declaration, resource, before)
        if play.complete:
            play.complete(declaration, updated)
        return updated
    if model is None or hasattr(model.update_from_cloudformation_json, "__isabstractmethod__"):
        if declaration.type not in EMPTY:
            say_once("update not played", declaration.type)
        return resource
    return model.update_from_cloudformation_json(
        original_resource=resource, new_resource_name=declaration.name, cloudformation_json=moto_form(declaration),
        account_id=ACCOUNT, region_name=declaration.region)


def delete(declaration: Declaration, resource: Any) -> None:
    play, model = play_of(declaration.type), model_of(declaration.type)
    if play.delete:
        play.delete(declaration, resource)
    elif model is None:
        return
    elif callable(getattr(resource, "delete", None)):
        resource.delete(ACCOUNT, declaration.region)
    elif not hasattr(model.delete_from_cloudformation_json, "__isabstractmethod__"):
        model.delete_from_cloudformation_json(resource.physical_resource_id, moto_form(declaration), ACCOUNT, declaration.region)
