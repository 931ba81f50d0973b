"""Elastic IPs: allocated from a network of this computer, of which load balancers have theirs too, moved and released as EC2 does."""

import ipaddress
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import elastic_ip_addresses, ec2_backends
from moto.ec2.models.elastic_ip_addresses import ElasticAddress, ElasticAddressBackend
from moto.ec2.models.instances import Instance
from moto.elbv2.models import elbv2_backends

from .declaration import Declaration, Play, retag
from .log import say
from .patch import teach
from .state import ACCOUNT


def teach_moto(pool: ipaddress.IPv4Network | None) -> None:
    if pool:
        elastic_ip_addresses.random_ip = lambda: free_address(pool)
    teach(ElasticAddressBackend, "associate_address")(associate)
    teach(Instance, "terminate")(disassociate_and_terminate)


def associate(plain: Any, backend: Any, instance: Any = None, eni: Any = None, address: str | None = None,
              allocation_id: str | None = None, reassociate: bool = False) -> ElasticAddress:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateAddress.html: the address leaves whoever
    held it, and the interface's former Elastic IP leaves the interface."""
    moving = (backend.address_by_ip([address]) if address else backend.address_by_allocation([allocation_id]))[0]
    held = moving.eni
    moved = plain(backend, instance, eni, address, allocation_id, reassociate)
    if held is not None and held is not moved.eni:
        held.public_ip = None
    for other in backend.addresses:
        if other is not moved and other.eni is moved.eni:
            other.eni = other.instance = other.association_id = None
    say("address associated", address=moved.public_ip, instance=moved.instance_id or None)
    return moved


def disassociate_and_terminate(plain: Any, instance: Instance) -> Any:
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/elastic-ip-addresses-eip.html: termination disassociates."""
    for address in instance.ec2_backend.addresses:
        if address.eni is not None and address.eni in instance.nics.values():
            instance.ec2_backend.disassociate_address(address.public_ip)
            say("address disassociated", address=address.public_ip, instance=instance.id)
    return plain(instance)


def free_address(pool: ipaddress.IPv4Network) -> str:
    taken = {address.public_ip for backend in ec2_backends[ACCOUNT].values() for address in backend.addresses}
    taken |= {balancer.dns_name for backend in elbv2_backends[ACCOUNT].values() for balancer in backend.load_balancers.values()}
    for address in pool.hosts():
        if str(address) not in taken:
            return str(address)
    raise EC2ClientError("AddressLimitExceeded", "The maximum number of addresses has been reached.")


def create(declaration: Declaration) -> ElasticAddress:
    address = declaration.ec2.allocate_address("vpc", tags=declaration.tags)
    if instance := declaration.properties.get("InstanceId"):
        declaration.ec2.associate_address(declaration.ec2.get_instance(instance), address=address.public_ip)
    return address


PLAYS = {"AWS::EC2::EIP": Play(create=create, update=retag, delete=lambda d, address: d.ec2.release_address(address.public_ip))}
