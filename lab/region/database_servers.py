"""The machines behind DB instances: launched with what the API says of them, ended without their disks."""

import base64
import json
import platform
from dataclasses import dataclass
from typing import Any

from moto.ec2.models import ec2_backends
from moto.ec2.models.elastic_block_store import Volume
from moto.ec2.models.instances import Instance
from moto.rds.models import DBInstance

from . import images
from .log import say
from .state import ACCOUNT

# The tag by which the lab's host and `status` know what a machine is for.
ROLE = {"paddock:role": "database"}
# What RDS and its system keep for themselves, and what a connection is reckoned with: LEAST({DBInstanceClassMemory/9531392}, 5000).
KEPT_MIB, CONNECTION_BYTES, MOST_CONNECTIONS = 410, 9_531_392, 5000
# MiB by the size of a class; the families that have other sizes of memory are not told apart.
MEMORY = {"micro": 1024, "small": 2048, "medium": 4096, "large": 8192, "xlarge": 16384, "2xlarge": 32768}


@dataclass
class Server:
    """The machine behind a DB instance."""

    database: DBInstance
    volume: Volume
    instance: Instance | None = None
    address: str | None = None
    listening: bool = False


def launch(server: Server) -> None:
    database, ec2 = server.database, ec2_of(server.database)
    architecture, kind = ("arm64", "t4g.small") if platform.machine() in ("arm64", "aarch64") else ("amd64", "t3.small")
    reservation = ec2.run_instances(
        images.resolve(f"resolve:ssm:/aws/service/debian/release/13/latest/{architecture}", database.region), 1, told(server), [],
        security_group_ids=database.vpc_security_group_ids, instance_type=kind, is_instance_type_default=False, region_name=database.region,
        subnet_id=database.db_subnet_group._subnets[0].id, private_ip=server.address, metadata_options={"HttpTokens": "required"},
        tags={"instance": {**ROLE, "Name": database.db_instance_identifier}}, block_device_mappings=[])
    server.instance = instance = reservation.instances[0]
    instance.setup_defaults()
    for interface in instance.nics.values():
        interface.delete_on_termination = True
    server.address, server.listening = instance.private_ip, False
    ec2.attach_volume(server.volume.id, instance.id, "/dev/sdf")
    say("database launched", database=database.db_instance_identifier, instance=instance.id, address=server.address)


def end(server: Server) -> None:
    """The machine goes; the next one has its disk and its address."""
    ec2, instance = ec2_of(server.database), server.instance
    server.listening, server.instance = False, None
    if instance is not None:
        ec2.terminate_instances([instance.id])
    if server.volume.attachment:
        ec2.detach_volume(server.volume.id, server.volume.attachment.instance.id, server.volume.attachment.device)


def told(server: Server) -> str:
    """What the machine reads as its user data."""
    database = server.database
    memory = MEMORY.get(database.db_instance_class.split(".")[-1], MEMORY["large"])
    return base64.b64encode(json.dumps({
        "volume": server.volume.id, "user": database.master_username, "password": database._master_user_password, "database": database.db_name,
        "connections": min(MOST_CONNECTIONS, (memory - KEPT_MIB) * 2**20 // CONNECTION_BYTES), "tls": forces_tls(database),
    }).encode()).decode()


def forces_tls(database: DBInstance) -> bool:
    """https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html: as long as no group says otherwise."""
    group = database.backend.db_parameter_groups.get(database.db_parameter_group_name or "")
    return group is None or group.parameters.get("rds.force_ssl", {}).get("ParameterValue", "1") in (1, "1")


def ec2_of(database: DBInstance) -> Any:
    return ec2_backends[ACCOUNT][database.region]
