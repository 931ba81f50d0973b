"""Instances of Auto Scaling groups: launched as the group's launch template version says, in the group's subnets."""

from collections import Counter
from typing import Any

from moto.autoscaling.models import ASG_NAME_TAG, FakeAutoScalingGroup, InstanceState
from moto.ec2.models.instances import Instance

from . import images
from .log import say
from .patch import teach

VERSION_TAG = "aws:ec2launchtemplate:version"


def teach_moto() -> None:
    teach(FakeAutoScalingGroup, "replace_autoscaling_group_instances")(launch)
    teach(Instance, "setup_defaults")(root_volume)
    teach(Instance, "terminate")(terminate_once)
    # https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_Instance.html: the version it was launched from.
    InstanceState.launch_template = property(launched_from)


def launch(plain: Any, group: FakeAutoScalingGroup, count_needed: int, propagated_tags: dict[str, str]) -> None:
    """moto launches from the template's default version, without profile, metadata options and most else."""
    if group.ec2_launch_template is None:
        return plain(group, count_needed, propagated_tags)
    for _ in range(count_needed):
        launch_one(group, propagated_tags)


def root_volume(_: Any, instance: Instance) -> None:
    """Every instance has a root volume, at the device that its image names."""
    volume = instance.ec2_backend.create_volume(size=8, zone_name=instance._placement.zone, volume_type="gp3")
    instance.ec2_backend.attach_volume(volume.id, instance.id, instance.root_device_name, True)


def terminate_once(plain: Any, instance: Instance) -> Any:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TerminateInstances.html: it is idempotent."""
    return instance.instance_state if instance.state == "terminated" else plain(instance)


def launch_one(group: FakeAutoScalingGroup, propagated_tags: dict[str, str]) -> Instance:
    ec2, template = group.ec2_backend, group.ec2_launch_template
    version = template.get_version(group.launch_template_version)
    data = version.data
    interface = next(iter(data.get("NetworkInterfaces", [])), {})
    reservation = ec2.run_instances(
        images.resolve(data["ImageId"], group.region), 1, version.user_data, data.get("SecurityGroups", []),
        security_group_ids=data.get("SecurityGroupIds") or interface.get("Groups", []),
        instance_type=data["InstanceType"], is_instance_type_default=False, region_name=group.region,
        subnet_id=emptiest_subnet(group), associate_public_ip=interface.get("AssociatePublicIpAddress"),
        launch_template={"LaunchTemplateId": template.id, "Version": str(version.number)},
        metadata_options=data.get("MetadataOptions", {}), key_name=data.get("KeyName"), ebs_optimized=data.get("EbsOptimized", False),
        tags={"instance": {**version.instance_tags, **propagated_tags, ASG_NAME_TAG: group.name}}, block_device_mappings=[],
    )
    instance = reservation.instances[0]
    attach_disks(instance, data.get("BlockDeviceMappings", []))
    if profile := data.get("IamInstanceProfile"):
        ec2.associate_iam_instance_profile(instance.id, iam_instance_profile_name=profile.get("Name"), iam_instance_profile_arn=profile.get("Arn"))
    # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/terminating-instances.html: its own interface goes with it.
    for interface in instance.nics.values():
        interface.delete_on_termination = True
    instance.autoscaling_group = group
    group.instance_states.append(InstanceState(instance, protected_from_scale_in=group.new_instances_protected_from_scale_in))
    say("instance launched", group=group.name, instance=instance.id, template=template.id, version=version.number, address=instance.private_ip)
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


def emptiest_subnet(group: FakeAutoScalingGroup) -> str | None:
    """https://docs.aws.amazon.com/autoscaling/ec2/userguide/auto-scaling-benefits.html: zones are kept in balance."""
    if not group.vpc_zone_identifier:
        return None
    living = Counter(state.instance.subnet_id for state in group.active_instances())
    return min(group.vpc_zone_identifier.split(","), key=lambda subnet: living[subnet])


def launched_from(state: InstanceState) -> dict[str, str] | None:
    template = state.auto_scaling_group.ec2_launch_template if state.auto_scaling_group else None
    if template is None:
        return None
    version = next((tag["value"] for tag in state.instance.get_tags() if tag["key"] == VERSION_TAG), str(template.default_version_number))
    return {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name, "Version": version}
