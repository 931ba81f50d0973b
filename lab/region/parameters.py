"""SSM parameters: as resources of a stack, and as the values of a template's own parameters."""

from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import Stack
from moto.cloudformation.parsing import ResourceMap
from moto.ssm.models import Parameter, ssm_backends

from .declaration import Declaration, Play
from .patch import teach
from .state import ACCOUNT


def teach_moto() -> None:
    teach(ResourceMap, "parse_ssm_parameter")(fetch)
    # A stack's parameter is what the caller gave, not what it resolved to: "use the previous value" means its name.
    Stack.stack_parameters = property(given_parameters)
    Stack.parameter_list = property(described_parameters)


def fetch(_: Any, resources: ResourceMap, name: str, kind: str) -> Any:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html"""
    parameter = ssm_backends[ACCOUNT][resources._region_name].get_parameter(name)
    if parameter is None:
        raise ValidationError(message=f"Unable to fetch parameters [{name}] from parameter store for this account.")
    return parameter.value.split(",") if "<List<" in kind or "CommaDelimitedList" in kind else parameter.value


def given_parameters(stack: Stack) -> dict[str, Any]:
    declared = stack.template_dict.get("Parameters", {})
    return {name: stack.parameters.get(name, slot.get("Default")) for name, slot in declared.items()}


def described_parameters(stack: Stack) -> list[dict[str, Any]]:
    described = []
    for name, value in given_parameters(stack).items():
        slot = stack.template_dict["Parameters"][name]
        entry = {"ParameterKey": name, "ParameterValue": "****" if slot.get("NoEcho") else value}
        if slot["Type"].startswith("AWS::SSM::Parameter::"):
            entry["ResolvedValue"] = stack.resource_map.resolved_parameters.get(name)
        described.append(entry)
    return described


def resolve(stack: Stack, template: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
    """What a template's parameters resolve to now.
    @raises ValidationError for a parameter without a value, or one that the parameter store does not hold
    """
    scratch = ResourceMap(stack.stack_id, stack.name, parameters, {}, stack.region_name, ACCOUNT, template, None)
    scratch.load_mapping()
    scratch.load_parameters()
    return scratch.resolved_parameters


def put(declaration: Declaration, overwrite: bool) -> Parameter:
    properties = declaration.properties
    return ssm_backends[ACCOUNT][declaration.region].put_parameter(
        name=properties.get("Name") or declaration.name, description=properties.get("Description", ""), value=properties["Value"],
        parameter_type=properties["Type"], allowed_pattern=properties.get("AllowedPattern"), keyid=None, overwrite=overwrite,
        # Tags of a template are a map here, and a list everywhere else.
        tags=[] if overwrite else [{"Key": key, "Value": value} for key, value in properties.get("Tags", {}).items()],
        data_type=properties.get("DataType", "text"), tier=properties.get("Tier"), policies=properties.get("Policies"))


PLAYS = {
    # In place, so that the version counts up and GetParameter never misses.
    "AWS::SSM::Parameter": Play(create=lambda d: put(d, overwrite=False), update=lambda d, _, __: put(d, overwrite=True), replaces=("Name",),
                                delete=lambda d, parameter: ssm_backends[ACCOUNT][d.region].delete_parameter(parameter.name)),
}
