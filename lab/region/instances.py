"""Instances of Auto Scaling groups: launched as a version of a launch template says."""

import time
from typing import Any

from moto.autoscaling.models import ASG_NAME_TAG, FakeAutoScalingGroup
from moto.ec2.models import ec2_backends
from moto.ec2.models.instances import Instance

from . import clock, images
from .configuration import Configuration
from .log import say
from .patch import teach
from .state import ACCOUNT

# How long an instance is shown that was terminated. AWS does so for about an hour; a rehearsal of twenty releases would spend two fifths of the region's time on them.
SHOWN_SECONDS = 600
FORGET_SECONDS = 30


def teach_moto() -> None:
    teach(Instance, "setup_defaults")(root_volume)
    teach(Instance, "terminate")(terminate_once)
    clock.every(FORGET_SECONDS, forget)


def root_volume(_: Any, instance: Instance) -> None:
    """Every instance has a root volume, at the device that its image names."""
    volume = instance.ec2_backend.create_volume(size=8, zone_name=instance._placement.zone, volume_type="gp3")
    instance.ec2_backend.attach_volume(volume.id, instance.id, instance.root_device_name, True)


def terminate_once(plain: Any, instance: Instance) -> Any:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TerminateInstances.html: it is idempotent."""
    if instance.state == "terminated":
        return instance.instance_state
    instance.terminated_at = time.monotonic()
    return plain(instance)


def forget() -> None:
    due = time.monotonic() - SHOWN_SECONDS
    for backend in ec2_backends[ACCOUNT].values():
        for key, reservation in list(backend.reservations.items()):
            if all(instance.state == "terminated" and instance.terminated_at < due for instance in reservation.instances):
                del backend.reservations[key]
                for instance in reservation.instances:
                    backend.tags.pop(instance.id, None)


def launch(group: FakeAutoScalingGroup, wanted: Configuration, subnet: str | None, spot: bool) -> Instance:
    """moto launches from the template's default version, without profile, metadata options and most else."""
    ec2, version = group.ec2_backend, wanted.version
    data = version.data
    interface = next(iter(data.get("NetworkInterfaces", [])), {})
    reservation = ec2.run_instances(
        images.resolve(data["ImageId"], group.region), 1, version.user_data, data.get("SecurityGroups", []),
        security_group_ids=data.get("SecurityGroupIds") or interface.get("Groups", []),
        instance_type=wanted.types[0], is_instance_type_default=False, region_name=group.region, lifecycle="spot" if spot else None,
        subnet_id=subnet, associate_public_ip=interface.get("AssociatePublicIpAddress"),
        launch_template={"LaunchTemplateId": wanted.template.id, "Version": str(version.number)},
        metadata_options=data.get("MetadataOptions", {}), key_name=data.get("KeyName"), ebs_optimized=data.get("EbsOptimized", False),
        tags={"instance": {**version.instance_tags, **group.get_propagated_tags(), ASG_NAME_TAG: group.name}}, block_device_mappings=[],
    )
    instance = reservation.instances[0]
    attach_disks(instance, data.get("BlockDeviceMappings", []))
    if profile := data.get("IamInstanceProfile"):
        ec2.associate_iam_instance_profile(instance.id, iam_instance_profile_name=profile.get("Name"), iam_instance_profile_arn=profile.get("Arn"))
    # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/terminating-instances.html: its own interface goes with it.
    for interface in instance.nics.values():
        interface.delete_on_termination = True
    say("instance launched", group=group.name, instance=instance.id, template=wanted.template.id, version=version.number,
        address=instance.private_ip, subnet=subnet, **({"lifecycle": "spot"} if spot else {}))
    return instance


def attach_disks(instance: Instance, mappings: list[dict[str, Any]]) -> None:
    """The template's disks, and the image's root disk unless the template redefines it."""
    if not any(mapping["DeviceName"] == instance.root_device_name for mapping in mappings):
        instance.setup_defaults()
    for mapping in mappings:
        disk = mapping.get("Ebs", {})
        # An encrypted root disk goes with its instance unless the template says otherwise, as an image's does.
        instance.add_block_device(disk.get("VolumeSize", 8), mapping["DeviceName"], disk.get("SnapshotId"), disk.get("Encrypted", False),
                                  disk.get("DeleteOnTermination", True), disk.get("KmsKeyId"), volume_type=disk.get("VolumeType", "gp3"))
