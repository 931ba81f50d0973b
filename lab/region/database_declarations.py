"""Databases as resources of a stack.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_RDS.html
"""

import json
import uuid
from dataclasses import dataclass
from typing import Any

from moto.rds.models import DBInstance, RDSBackend, rds_backends

from . import secrets
from .declaration import Declaration, Play
from .state import ACCOUNT

# CloudFormation's names of what may change while a database runs, and moto's.
CHANGES = {
    "AllocatedStorage": "allocated_storage", "MaxAllocatedStorage": "max_allocated_storage", "BackupRetentionPeriod": "backup_retention_period",
    "DBInstanceClass": "db_instance_class", "DeletionProtection": "deletion_protection", "MultiAZ": "multi_az", "CopyTagsToSnapshot": "copy_tags_to_snapshot",
    "DBParameterGroupName": "db_parameter_group_name", "VPCSecurityGroups": "vpc_security_group_ids", "MasterUserPassword": "master_user_password",
}
FIRST = CHANGES | {
    "DBName": "db_name", "DBSubnetGroupName": "db_subnet_group_name", "Engine": "engine", "EngineVersion": "engine_version", "MasterUsername": "master_username",
    "PubliclyAccessible": "publicly_accessible", "StorageEncrypted": "storage_encrypted", "StorageType": "storage_type",
    "AutoMinorVersionUpgrade": "auto_minor_version_upgrade", "EnableCloudwatchLogsExports": "enable_cloudwatch_logs_exports",
}
# In a restore these are what the snapshot has.
OF_SNAPSHOT = ("DBName", "MasterUsername", "StorageEncrypted")


@dataclass
class Attachment:
    """A secret that says where its database is."""

    physical_resource_id: str


def backend(declaration: Declaration) -> RDSBackend:
    return rds_backends[ACCOUNT][declaration.region]


def wanted(properties: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    numbers = ("AllocatedStorage", "MaxAllocatedStorage", "BackupRetentionPeriod")
    # What a Ref to a subnet group leads to is the group itself in moto.
    plain = lambda name: int(properties[name]) if name in numbers else getattr(properties[name], "name", properties[name])
    return {names[name]: plain(name) for name in names if name in properties}


def create(declaration: Declaration) -> DBInstance:
    properties, rds = declaration.properties, backend(declaration)
    name = {"db_instance_identifier": declaration.name.replace("_", "-").lower()}
    if snapshot := properties.get("DBSnapshotIdentifier"):
        names = {name: moto for name, moto in FIRST.items() if name not in OF_SNAPSHOT}
        return rds.restore_db_instance_from_db_snapshot(snapshot, name | wanted(properties, names))
    return rds.create_db_instance(name | {"tags": properties.get("Tags", [])} | wanted(properties, FIRST))


def update(declaration: Declaration, database: DBInstance, before: dict[str, Any]) -> DBInstance:
    changed = {name: value for name, value in declaration.properties.items() if value != before.get(name)}
    return backend(declaration).modify_db_instance(database.db_instance_identifier, wanted(changed, CHANGES))


def delete(declaration: Declaration, database: DBInstance) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html: with a last snapshot, where the policy says so.
    Of one that is still being created RDS makes none, and a stack that goes back must not wait for it."""
    keeps = declaration.template.get("DeletionPolicy") == "Snapshot" and database.status != "creating"
    last = f"{declaration.stack_name}-snapshot-{declaration.logical_id}-{uuid.uuid4().hex[:12]}".lower() if keeps else None
    backend(declaration).delete_db_instance(database.db_instance_identifier, last, not keeps)


def attach(declaration: Declaration) -> Attachment:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secrettargetattachment.html"""
    properties = declaration.properties
    store = secrets.backend(declaration)
    secret, database = store.secrets[properties["SecretId"]], backend(declaration).describe_db_instances(properties["TargetId"])[0]
    where = {"engine": database.engine, "host": database.address, "port": database.port, "dbname": database.db_name, "dbInstanceIdentifier": database.db_instance_identifier}
    store.put_secret_value(secret.name, json.dumps(json.loads(secrets.current(secret)) | where), None, None, ["AWSCURRENT"])
    return Attachment(secret.arn)


PLAYS = {
    "AWS::RDS::DBInstance": Play(create=create, update=update, delete=delete, settled=lambda _, database: database.status == "available",
                                 replaces=("DBSnapshotIdentifier", "DBName", "DBSubnetGroupName", "Engine", "MasterUsername", "StorageEncrypted", "DBInstanceIdentifier")),
    "AWS::SecretsManager::SecretTargetAttachment": Play(create=attach, update=lambda d, _, __: attach(d), delete=lambda _, __: None, replaces=("SecretId",)),
}
