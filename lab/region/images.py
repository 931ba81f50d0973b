"""The machine images of the region: Debian 13, found by Debian's public parameters."""

from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models.amis import Ami, AmiBackend
from moto.ssm.models import Parameter, SimpleSystemManagerBackend, ssm_backends

from .patch import teach
from .state import ACCOUNT

# https://wiki.debian.org/Cloud/AmazonEC2Image: the parameters, Debian's account, and the root device of its images.
DEBIAN_ACCOUNT = "136693071363"
ROOT_DEVICE = "/dev/xvda"
IMAGES = {
    "/aws/service/debian/release/13/latest/amd64": ("ami-0debb13a3d6400001", "x86_64"),
    "/aws/service/debian/release/13/latest/arm64": ("ami-0debb13a23640001a", "arm64"),
}


def teach_moto() -> None:
    # moto refuses PutParameter under /aws/, as AWS does, so a region is born with its images.
    teach(SimpleSystemManagerBackend, "__init__")(init_with_parameters)
    teach(AmiBackend, "_load_amis")(load_debian_only)


def init_with_parameters(plain: Any, backend: SimpleSystemManagerBackend, *arguments: Any, **named: Any) -> None:
    plain(backend, *arguments, **named)
    for name, (image, _) in IMAGES.items():
        backend._parameters[name].append(parameter(name, image))


def load_debian_only(_: Any, backend: Any) -> None:
    for image, architecture in IMAGES.values():
        backend.amis[image] = ami(backend, image, architecture)


def parameter(name: str, image: str) -> Parameter:
    return Parameter(account_id=ACCOUNT, name=name, value=image, parameter_type="String", description="", allowed_pattern=None,
                     keyid=None, last_modified_date=utcnow(), version=1, data_type="aws:ec2:image")


def ami(backend: Any, image: str, architecture: str) -> Ami:
    debian_architecture = "amd64" if architecture == "x86_64" else architecture
    return Ami(backend, image, name=f"debian-13-{debian_architecture}", description="Debian 13 (trixie)", owner_id=DEBIAN_ACCOUNT, public=True,
               architecture=architecture, virtualization_type="hvm", hypervisor="xen", root_device_type="ebs", root_device_name=ROOT_DEVICE,
               region_name=f"{backend.region_name}a", boot_mode="uefi-preferred" if architecture == "x86_64" else "uefi")


def resolve(image: str, region: str) -> str:
    """A launch template may name a parameter instead of an image: it is looked up at launch.
    https://docs.aws.amazon.com/autoscaling/ec2/userguide/using-systems-manager-parameters.html"""
    if not image.startswith("resolve:ssm:"):
        return image
    return ssm_backends[ACCOUNT][region].get_parameter(image.removeprefix("resolve:ssm:")).value
