"""Change sets as the CDK's command line uses them: each belongs to a stack, resolves when it is made, and is executed as an operation."""

from typing import Any

from moto.cloudformation.models import ChangeSet, CloudFormationBackend, Stack
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, EmptyResult

from . import operation, parameters, stacks
from .change import Change
from .patch import teach


class ChangeSetNotFound(ServiceException):
    """What `cdk deploy` waits for after it deleted an old change set; moto says ValidationError."""

    code = "ChangeSetNotFound"


def teach_moto() -> None:
    teach(CloudFormationBackend, "create_change_set")(create)
    # moto looks a change set up by its name alone, and the CDK names those of all stacks alike.
    teach(CloudFormationResponse, "describe_change_set")(lambda _, response: ActionResult(asked_for(response)))
    teach(CloudFormationResponse, "delete_change_set")(delete)
    teach(CloudFormationResponse, "execute_change_set")(execute)
    # A change set changes something when the template does, or when a parameter resolves to another value than it did.
    Stack.has_parameters = lambda stack, given: parameters.resolve(stack, stack.template_dict, given) == stack.resource_map.resolved_parameters


def create(plain: Any, backend: CloudFormationBackend, stack_name: str, change_set_name: str, template: str, parameters: dict[str, Any],
           description: str, change_set_type: str, **named: Any) -> tuple[str, str]:
    if change_set_type == "CREATE":
        stacks.forget_review(backend, stack_name)
    else:
        stacks.refuse_unless_updatable(backend.get_stack(stack_name))
    created = plain(backend, stack_name, change_set_name, template, parameters, description, change_set_type, **named)
    refuse_unresolved(backend, backend.change_sets[created[0]])
    return created


def refuse_unresolved(backend: CloudFormationBackend, change_set: ChangeSet) -> None:
    """AWS resolves the parameters when the change set is made, and makes none when one does not resolve."""
    try:
        parameters.resolve(change_set.stack, change_set.template_dict, change_set.parameters)
    except ServiceException:
        del backend.change_sets[change_set.change_set_id]
        raise


def delete(_: Any, response: CloudFormationResponse) -> EmptyResult:
    """Deleting what is not there is no error."""
    if change_set := find(response):
        del response.cloudformation_backend.change_sets[change_set.change_set_id]
    return EmptyResult()


def execute(_: Any, response: CloudFormationResponse) -> EmptyResult:
    change_set = asked_for(response)
    change_set.execution_status = "EXECUTE_COMPLETE"
    kind = change_set.change_set_type
    operation.start(change_set.stack, f"{kind}_IN_PROGRESS", Change(change_set.stack, kind, change_set.template, change_set.parameters).run)
    return EmptyResult()


def asked_for(response: CloudFormationResponse) -> ChangeSet:
    if change_set := find(response):
        return change_set
    raise ChangeSetNotFound(f"ChangeSet [{response._get_param('ChangeSetName')}] does not exist")


def find(response: CloudFormationResponse) -> ChangeSet | None:
    """The change set that a request names by its ARN, or by its name and its stack's name or ARN: the latest."""
    asked, stack = response._get_param("ChangeSetName"), response._get_param("StackName")
    for change_set in reversed(list(response.cloudformation_backend.change_sets.values())):
        named = asked == change_set.change_set_name and stack in (change_set.stack_name, change_set.stack_id)
        if named or asked == change_set.change_set_id:
            return change_set
    return None
