"""Stacks: created, updated and deleted by operations that take their time."""

from functools import partial
from typing import Any

from moto.cloudformation import responses
from moto.cloudformation.exceptions import AlreadyExistsException, ValidationError
from moto.cloudformation.models import CloudFormationBackend, Stack
from moto.cloudformation.utils import generate_stack_id
from moto.core.responses import ActionResult

from . import operation
from .change import Change
from .holdings import Holdings
from .journal import Journal, status_of
from .patch import teach


def teach_moto() -> None:
    teach(CloudFormationBackend, "create_stack")(create)
    teach(CloudFormationBackend, "update_stack")(update)
    teach(CloudFormationBackend, "delete_stack")(delete)
    teach(responses.StackResourceDTO, "__init__")(tell_resource)
    responses.CloudFormationResponse.update_termination_protection = protect


def create(_: Any, backend: CloudFormationBackend, name: str, template: str, parameters: dict[str, Any], tags: Any = None, **__: Any) -> Stack:
    forget_review(backend, name)
    account, region = backend.account_id, backend.region_name
    stack = Stack(generate_stack_id(name, region, account), name, {}, parameters, account, region, tags=tags)
    backend.stacks[stack.stack_id] = stack
    operation.start(stack, "CREATE_IN_PROGRESS", Change(stack, "CREATE", template, parameters).run)
    return stack


def update(_: Any, backend: CloudFormationBackend, name: str, template: str, role_arn: Any, parameters: list[dict[str, Any]], tags: Any) -> Stack:
    stack = backend.get_stack(name)
    refuse_unless_updatable(stack)
    given = {entry["ParameterKey"]: entry.get("ParameterValue", stack.stack_parameters.get(entry["ParameterKey"])) for entry in parameters}
    operation.start(stack, "UPDATE_IN_PROGRESS", Change(stack, "UPDATE", template, given).run)
    return stack


def delete(_: Any, backend: CloudFormationBackend, name_or_id: str) -> None:
    """Deleting a stack that is not there is no error, nor is one that is on its way already."""
    for stack in backend.stacks.values():
        if name_or_id in (stack.name, stack.stack_id) and stack.status != "DELETE_IN_PROGRESS":
            if stack.enable_termination_protection:
                raise ValidationError(message=f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
            operation.start(stack, "DELETE_IN_PROGRESS", partial(remove, backend, stack))


def protect(response: Any) -> ActionResult:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-protect-stacks.html"""
    stack = response.cloudformation_backend.get_stack(response._get_param("StackName"))
    stack.enable_termination_protection = str(response._get_param("EnableTerminationProtection")).lower() == "true"
    return ActionResult({"StackId": stack.stack_id})


def remove(backend: CloudFormationBackend, stack: Stack) -> None:
    journal, holdings = Journal(stack), Holdings(stack)
    journal.operation("DELETE_IN_PROGRESS", "User Initiated")
    if not holdings.drop(list(holdings.declared)):
        journal.operation("DELETE_FAILED", f"The following resource(s) failed to delete: [{', '.join(holdings.declared)}].")
        return
    holdings.withdraw()
    journal.operation("DELETE_COMPLETE")
    backend.deleted_stacks[stack.stack_id] = backend.stacks.pop(stack.stack_id)
    for change_set in [one for one in backend.change_sets.values() if one.stack is stack]:
        del backend.change_sets[change_set.change_set_id]


def forget_review(backend: CloudFormationBackend, name: str) -> None:
    """A stack under review never was one; any other keeps its name."""
    for stack in [stack for stack in backend.stacks.values() if stack.name == name]:
        if stack.status != "REVIEW_IN_PROGRESS":
            raise AlreadyExistsException(f"Stack [{name}] already exists")
        del backend.stacks[stack.stack_id]


def refuse_unless_updatable(stack: Stack) -> None:
    if not stack.status.endswith("_COMPLETE") or stack.status == "ROLLBACK_COMPLETE":
        raise ValidationError(message=f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated.")


def tell_resource(plain: Any, told: Any, stack: Stack, resource: Any) -> None:
    """The status of a resource is its own, not its stack's."""
    plain(told, stack, resource)
    told.resource_status = status_of(stack, told.logical_resource_id) or stack.status
