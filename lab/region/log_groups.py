"""CloudWatch log groups of a stack."""

from typing import Any

from moto.logs.models import LogGroup, logs_backends

from .declaration import Declaration, Play
from .state import ACCOUNT


def complete(declaration: Declaration, group: LogGroup) -> None:
    days = declaration.properties.get("RetentionInDays")
    logs_backends[ACCOUNT][declaration.region].put_retention_policy(group.name, str(days) if days else None)


def update(declaration: Declaration, group: LogGroup, _: dict[str, Any]) -> LogGroup:
    complete(declaration, group)
    return group


PLAYS = {"AWS::Logs::LogGroup": Play(complete=complete, update=update, replaces=("LogGroupName",))}
