"""Buckets of a stack and their policies, changed in place. A policy is kept and told, and forbids nobody anything: the region checks no rights.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html
"""

import json
from dataclasses import dataclass
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket, PublicAccessBlock, S3Backend, s3_backends
from moto.s3.cloud_formation import cfn_to_api_encryption

from .declaration import Declaration, Play
from .state import ACCOUNT


@dataclass
class Policy:
    physical_resource_id: str


def teach_moto() -> None:
    # moto minds no conditions: a policy that wants TLS would lock everybody out.
    FakeBucket.get_permission = lambda *_: PermissionResult.NEUTRAL


def s3() -> S3Backend:
    return s3_backends[ACCOUNT]["aws"]


def create(declaration: Declaration) -> FakeBucket:
    """moto makes up names that no bucket may have when the logical id is long; CloudFormation cuts both parts."""
    generated = "-".join([declaration.stack_name[:24], declaration.logical_id[:24], declaration.name.rpartition("-")[2]]).lower()
    return s3().create_bucket(declaration.properties.get("BucketName") or generated, declaration.region)


def complete(declaration: Declaration, bucket: FakeBucket) -> None:
    properties = declaration.properties
    bucket.versioning_status = properties.get("VersioningConfiguration", {}).get("Status") or ("Suspended" if bucket.versioning_status else None)
    bucket.encryption = cfn_to_api_encryption(properties["BucketEncryption"]) if "BucketEncryption" in properties else None
    public = properties.get("PublicAccessBlockConfiguration")
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    bucket.public_access_block = PublicAccessBlock(*(str(public.get(name, False)).lower() == "true" for name in names)) if public else None
    s3().put_bucket_tagging(bucket.name, declaration.tags)


def update(_: Declaration, bucket: FakeBucket, __: dict[str, Any]) -> FakeBucket:
    return bucket


def put_policy(declaration: Declaration, *_: Any) -> Policy:
    properties = declaration.properties
    s3().put_bucket_policy(properties["Bucket"], json.dumps(properties["PolicyDocument"], default=str).encode())
    return Policy(declaration.name)


PLAYS = {
    "AWS::S3::Bucket": Play(create=create, complete=complete, update=update, replaces=("BucketName",)),
    "AWS::S3::BucketPolicy": Play(create=put_policy, update=put_policy, delete=lambda d, _: s3().delete_bucket_policy(d.properties["Bucket"]),
                                  replaces=("Bucket",)),
}
