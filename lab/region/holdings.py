"""Holdings: the resources that a stack has, each with the declaration that it was last brought to."""

from functools import partial
from typing import Any

from moto.cloudformation.models import Stack, cloudformation_backends
from moto.cloudformation.parsing import ResourceMap

from . import resources
from .declaration import Declaration
from .journal import Journal
from .patch import teach
from .state import ACCOUNT
from .template import deletion_order, dependencies


def teach_moto() -> None:
    # moto creates a resource whenever someone looks at it: here only a stack operation does.
    teach(ResourceMap, "__getitem__")(look)
    ResourceMap.__iter__ = lambda resources: iter([name for name in resources._resource_json_map if name in resources._parsed_resources])
    # An output may be of a type that moto does not know; its value is judged when it is resolved.
    ResourceMap.validate_outputs = lambda _: None
    Stack.stack_resources = property(held)


def look(_: Any, resources: ResourceMap, name: str) -> Any:
    if name not in resources._parsed_resources and name not in resources._resource_json_map:
        raise KeyError(name)
    return resources._parsed_resources.get(name)


def held(stack: Stack) -> list[Any]:
    """What a stack has, not what its template of the moment names: an update that drops a resource deletes it last of all."""
    return [stack.resource_map._parsed_resources[name] for name in stack.__dict__.get("declared", {})]


class Holdings:
    def __init__(self, stack: Stack) -> None:
        self.map: ResourceMap = stack.resource_map
        self.declared: dict[str, Declaration] = stack.__dict__.setdefault("declared", {})
        self.map.cross_stack_resources = cloudformation_backends[ACCOUNT][stack.region_name].exports
        self.stack, self.journal = stack, Journal(stack)

    def adopt(self, template: dict[str, Any], parameters: dict[str, Any]) -> None:
        """From here on, names resolve by this template and these parameters."""
        self.map._template, self.map._resource_json_map = template, template["Resources"]
        self.map.input_parameters, self.map.resolved_parameters = parameters, {}
        self.map.load_mapping()
        self.map.load_parameters()
        self.map.load_conditions()

    def wanted(self) -> dict[str, Any]:
        """The resources of the adopted template whose condition holds."""
        conditions = self.map.lazy_condition_map
        return {name: resource for name, resource in self.map._resource_json_map.items()
                if "Condition" not in resource or conditions[resource["Condition"]]}

    def publish(self) -> None:
        """Shows the adopted template's outputs and exports."""
        self.withdraw()
        self.stack.output_map = self.stack._create_output_map()
        self.map.cross_stack_resources.update({export.name: export for export in self.stack.exports})

    def withdraw(self) -> None:
        exports = self.map.cross_stack_resources
        for name in [name for name, export in exports.items() if export.exporting_stack_id == self.stack.stack_id]:
            del exports[name]

    def declare(self, logical_id: str) -> Declaration:
        return resources.declare(self.map, self.stack.name, logical_id, self.map._resource_json_map[logical_id])

    def get(self, logical_id: str) -> Any:
        return self.map._parsed_resources.get(logical_id)

    def keep(self, declaration: Declaration, resource: Any) -> None:
        resource.cf_resource_type, resource.logical_resource_id = declaration.type, declaration.logical_id
        resource.get_cfn_attribute = partial(resources.attribute, declaration, resource)
        self.map._parsed_resources[declaration.logical_id] = resource
        self.declared[declaration.logical_id] = declaration

    def drop(self, logical_ids: list[str], on_create: bool = False) -> bool:
        """Deletes resources as their DeletionPolicy says, dependents first. @returns whether all went"""
        templates = {name: declaration.template for name, declaration in self.declared.items()}
        needs, held = dependencies(templates), set()
        for logical_id in deletion_order(templates, logical_ids):
            if logical_id not in held and self.discard(self.declared[logical_id], self.get(logical_id), "DeletionPolicy", on_create):
                del self.declared[logical_id], self.map._parsed_resources[logical_id]
            else:
                # What stays needs its parts: a load balancer that cannot be deleted keeps its network.
                held |= {logical_id} | needs[logical_id]
        return not held

    def discard(self, declaration: Declaration, resource: Any, attribute: str, on_create: bool = False) -> bool:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html"""
        policy = declaration.template.get(attribute, "Delete")
        if policy == "Retain" or (policy == "RetainExceptOnCreate" and not on_create):
            self.journal.resource(declaration, "DELETE_SKIPPED", None, resource)
            return True
        self.journal.resource(declaration, "DELETE_IN_PROGRESS", None, resource)
        try:
            if policy == "Snapshot" and declaration.type == "AWS::EC2::Volume":
                declaration.ec2.create_snapshot(resource.id, f"Snapshot of {declaration.logical_id}")
            resources.delete(declaration, resource)
        except Exception as error:
            self.journal.resource(declaration, "DELETE_FAILED", getattr(error, "message", None) or repr(error), resource)
            return False
        self.journal.resource(declaration, "DELETE_COMPLETE", None, resource)
        return True
