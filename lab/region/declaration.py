"""Declaration: one resource as its template declares it, resolved. Play: what the region does for a type of resource."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from moto.ec2.models import EC2Backend, ec2_backends

from .state import ACCOUNT


@dataclass(frozen=True)
class Declaration:
    region: str
    stack_name: str
    stack_id: str
    logical_id: str
    type: str
    name: str
    """The name that the template gives the resource, or one made up as CloudFormation does."""
    properties: dict[str, Any]
    template: dict[str, Any]
    """The resource as the template has it, unresolved, with its policies."""
    update_policy: dict[str, Any] = field(default_factory=dict)
    """Its update policy, resolved: it may name alarms of the stack."""

    @property
    def ec2(self) -> EC2Backend:
        return ec2_backends[ACCOUNT][self.region]

    @property
    def tags(self) -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in self.properties.get("Tags", [])}


@dataclass(frozen=True)
class Play:
    """Where moto does nothing, or something that CloudFormation does not do. What is None is left to moto."""

    create: Callable[[Declaration], Any] | None = None
    complete: Callable[[Declaration, Any], None] | None = None
    """Runs after moto's own create, for the properties that it leaves out."""
    update: Callable[[Declaration, Any, dict[str, Any]], Any] | None = None
    """Changes the resource in place; gets the properties it had."""
    delete: Callable[[Declaration, Any], None] | None = None
    settled: Callable[[Declaration, Any], bool] | None = None
    """Whether what was created or changed is there; CloudFormation waits for it. None: it is there at once."""
    replaces: tuple[str, ...] = field(default=())
    """Properties whose change asks for a new physical resource ("Update requires: Replacement")."""


def tag(declaration: Declaration, resource: Any) -> None:
    resource.add_tags(declaration.tags)


def retag(declaration: Declaration, resource: Any, _: dict[str, Any]) -> Any:
    """The update of a type of which only the tags change in place."""
    resource.add_tags(declaration.tags)
    return resource
