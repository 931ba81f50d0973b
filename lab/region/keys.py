"""Keys of KMS in a stack, changed in place; deleted, they wait out their days as AWS's do.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html
"""

import json
from typing import Any

from moto.kms.models import Key, KmsBackend, kms_backends

from .declaration import Declaration, Play
from .state import ACCOUNT

PENDING_DAYS = 30


def backend(declaration: Declaration) -> KmsBackend:
    return kms_backends[ACCOUNT][declaration.region]


def complete(declaration: Declaration, key: Key) -> None:
    properties = declaration.properties
    key.policy, key.description = json.dumps(properties["KeyPolicy"], default=str), properties.get("Description", "")
    key.key_rotation_status = str(properties.get("EnableKeyRotation", False)).lower() == "true"
    key.enabled = str(properties.get("Enabled", True)).lower() == "true"


def update(_: Declaration, key: Key, __: dict[str, Any]) -> Key:
    return key


def update_alias(declaration: Declaration, alias: Any, _: dict[str, Any]) -> Any:
    backend(declaration).update_alias(declaration.properties["AliasName"], declaration.properties["TargetKeyId"])
    return alias


PLAYS = {
    "AWS::KMS::Key": Play(
        complete=complete, update=update, replaces=("KeySpec", "KeyUsage", "MultiRegion"),
        delete=lambda d, key: backend(d).schedule_key_deletion(key.id, int(d.properties.get("PendingWindowInDays", PENDING_DAYS)))),
    "AWS::KMS::Alias": Play(update=update_alias, delete=lambda d, _: backend(d).delete_alias(d.properties["AliasName"]), replaces=("AliasName",)),
}
