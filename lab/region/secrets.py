"""Secrets of a stack: generated once, and kept over every update that does not ask for another.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html
"""

import json
import re
from typing import Any

from moto.secretsmanager.models import FakeSecret, SecretsManagerBackend, secretsmanager_backends
from moto.secretsmanager.utils import random_password

from .declaration import Declaration, Play
from .state import ACCOUNT


# The secret and the key in its JSON; a version, which may follow, is always the current one here.
REFERENCE = re.compile(r"\{\{resolve:secretsmanager:(.+?):SecretString:([^:}]*)(?::[^:}]*){0,2}\}\}")


def backend(declaration: Declaration) -> SecretsManagerBackend:
    return secretsmanager_backends[ACCOUNT][declaration.region]


def value(properties: dict[str, Any]) -> str | None:
    """What the template says, or something random of the form that it asks for."""
    if (asked := properties.get("GenerateSecretString")) is None:
        return properties.get("SecretString")
    yes = lambda name, otherwise=False: str(asked.get(name, otherwise)).lower() == "true"
    password = random_password(
        int(asked.get("PasswordLength", 32)), asked.get("ExcludeCharacters", ""), yes("ExcludeNumbers"), yes("ExcludePunctuation"),
        yes("ExcludeUppercase"), yes("ExcludeLowercase"), yes("IncludeSpace"), yes("RequireEachIncludedType", True))
    key = asked.get("GenerateStringKey")
    return json.dumps({**json.loads(asked.get("SecretStringTemplate", "{}")), key: password}) if key else password


def current(secret: FakeSecret) -> str:
    return secret.versions[secret.default_version_id]["secret_string"]


def resolve(region: str, node: Any) -> Any:
    """What stands for a value that a secret holds, replaced by the value.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html"""
    if isinstance(node, dict):
        return {key: resolve(region, value) for key, value in node.items()}
    if isinstance(node, list):
        return [resolve(region, value) for value in node]
    return REFERENCE.sub(lambda found: referred(region, *found.groups()), node) if isinstance(node, str) else node


def referred(region: str, name: str, key: str) -> str:
    value = current(secretsmanager_backends[ACCOUNT][region].secrets[name])
    return str(json.loads(value)[key]) if key else value


def create(declaration: Declaration) -> FakeSecret:
    properties = declaration.properties
    name = properties.get("Name") or declaration.name
    backend(declaration).create_secret(name, value(properties), None, properties.get("Description"), properties.get("Tags"),
                                       properties.get("KmsKeyId"), None, [], False)
    secret = backend(declaration).secrets[name]
    secret.physical_resource_id = secret.arn
    return secret


def update(declaration: Declaration, secret: FakeSecret, before: dict[str, Any]) -> FakeSecret:
    properties = declaration.properties
    if any(properties.get(name) != before.get(name) for name in ("GenerateSecretString", "SecretString")):
        backend(declaration).put_secret_value(secret.name, value(properties), None, None, ["AWSCURRENT"])
    secret.description, secret.kms_key_id, secret.tags = properties.get("Description"), properties.get("KmsKeyId"), properties.get("Tags")
    return secret


def teach_moto() -> None:
    FakeSecret.get_cfn_attribute = lambda secret, name: {"Id": secret.arn}[name]


PLAYS = {
    # CloudFormation leaves no window in which the secret could come back, so that its name is free at once.
    "AWS::SecretsManager::Secret": Play(
        create=create, update=update, replaces=("Name",), delete=lambda d, secret: backend(d).delete_secret(secret.name, None, True)),
}
