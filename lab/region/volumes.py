"""EBS volumes: attached to one living instance of the same zone, and kept or snapshotted as policies say."""

from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.elastic_block_store import EBSBackend, Volume, VolumeAttachment

from .declaration import Declaration, Play, retag
from .log import say
from .patch import teach


def teach_moto() -> None:
    teach(EBSBackend, "attach_volume")(attach)


def attach(plain: Any, backend: Any, volume_id: str, instance_id: str, device_path: str, delete_on_termination: bool = False) -> VolumeAttachment:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html names the codes."""
    volume, instance = backend.get_volume(volume_id), backend.get_instance(instance_id)
    if volume.attachment:
        raise EC2ClientError("VolumeInUse", f"{volume_id} is already attached to an instance")
    if instance.state not in ("running", "stopped"):
        raise EC2ClientError("IncorrectState", f"Instance '{instance_id}' is not 'running'.")
    if volume.availability_zone != instance._placement.zone:
        raise EC2ClientError("InvalidVolume.ZoneMismatch", f"The volume '{volume_id}' is not in the same availability zone as instance '{instance_id}'")
    if device_path in instance.block_device_mapping:
        raise EC2ClientError("InvalidParameterValue", f"Invalid value '{device_path}' for unixDevice. Attachment point {device_path} is already in use")
    attachment = plain(backend, volume_id, instance_id, device_path, delete_on_termination)
    say("volume attached", volume=volume_id, instance=instance_id, device=device_path)
    return attachment


def create(declaration: Declaration) -> Volume:
    properties = declaration.properties
    volume = declaration.ec2.create_volume(
        size=whole(properties.get("Size")), zone_name=properties["AvailabilityZone"], snapshot_id=properties.get("SnapshotId"),
        encrypted=properties.get("Encrypted", False), kms_key_id=properties.get("KmsKeyId"), volume_type=properties.get("VolumeType"),
        iops=whole(properties.get("Iops")), throughput=whole(properties.get("Throughput")))
    return retag(declaration, volume, {})


def update(declaration: Declaration, volume: Volume, before: dict[str, Any]) -> Volume:
    changes = {name: value for name in ("Size", "VolumeType", "Iops", "Throughput") if (value := declaration.properties.get(name)) != before.get(name)}
    if changes:
        declaration.ec2.modify_volume(volume.id, target_size=whole(changes.get("Size")), target_volume_type=changes.get("VolumeType"),
                                      target_iops=whole(changes.get("Iops")), target_throughput=whole(changes.get("Throughput")))
    return retag(declaration, volume, before)


def whole(value: Any) -> int | None:
    return None if value is None else int(value)


PLAYS = {
    "AWS::EC2::Volume": Play(create=create, update=update, delete=lambda d, volume: d.ec2.delete_volume(volume.id),
                             replaces=("AvailabilityZone", "Encrypted", "KmsKeyId", "SnapshotId")),
}
