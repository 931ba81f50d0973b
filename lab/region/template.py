"""What a CloudFormation template says about order: which resource needs which, and how long one waits."""

import re
from collections.abc import Iterable
from typing import Any

SUBSTITUTION = re.compile(r"\$\{([A-Za-z0-9]+)[.}]")


def references(node: Any) -> set[str]:
    """Every name that a part of a template mentions by Ref, Fn::GetAtt, Fn::Sub or DependsOn."""
    if isinstance(node, list):
        return set().union(*map(references, node))
    if not isinstance(node, dict):
        return set()
    found: set[str] = set()
    for key, value in node.items():
        if key == "Ref":
            found.add(value)
        elif key == "Fn::GetAtt":
            found.add(value[0] if isinstance(value, list) else value.split(".")[0])
        elif key == "DependsOn":
            found.update([value] if isinstance(value, str) else value)
        else:
            if key == "Fn::Sub":
                found.update(SUBSTITUTION.findall(value if isinstance(value, str) else value[0]))
            found |= references(value)
    return found


def dependencies(resources: dict[str, Any]) -> dict[str, set[str]]:
    return {logical_id: references(resource) & set(resources) - {logical_id} for logical_id, resource in resources.items()}


def deletion_order(resources: dict[str, Any], wanted: Iterable[str]) -> list[str]:
    """The wanted resources, each before whatever it needs."""
    needs, order = dependencies(resources), []

    def visit(logical_id: str) -> None:
        if logical_id not in order:
            for needed in sorted(needs[logical_id]):
                visit(needed)
            order.append(logical_id)

    for logical_id in resources:
        visit(logical_id)
    kept = set(wanted)
    return [logical_id for logical_id in reversed(order) if logical_id in kept]


def seconds(duration: str) -> int:
    """An ISO 8601 duration as CloudFormation writes it: PT1H30M, PT45S."""
    parts = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?", duration)
    if not parts or duration == "PT":
        raise ValueError(f"duration must look like PT15M or PT1H30M, got {duration}; correct it and deploy again")
    hours, minutes, rest = (int(part or 0) for part in parts.groups())
    return hours * 3600 + minutes * 60 + rest
