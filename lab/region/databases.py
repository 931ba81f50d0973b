"""RDS: PostgreSQL servers, each on a machine of its own with a disk that outlives it, and snapshots, which are copies of such disks.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_Operations.html
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from moto.ec2.models.elastic_block_store import Volume
from moto.rds.exceptions import RDSClientError
from moto.rds.models import DBInstance, DBSnapshot, RDSBackend

from . import clock
from .database_servers import Server, ec2_of, end, launch
from .log import say
from .patch import teach

TICK_SECONDS = 1
DOOR_PATH = "/lab/databases"


@dataclass
class Copies:
    """Disks that the host has yet to copy, by the id of the snapshot, and volumes that go once that is done."""

    waiting: dict[str, tuple[DBSnapshot, str]] = field(default_factory=dict)
    leaving: list[Volume] = field(default_factory=list)


servers: dict[str, Server] = {}
copies = Copies()
# From which disk a database that is being restored begins, by its name.
origins: dict[str, str] = {}


def teach_moto() -> None:
    for name in ("create_db_instance", "delete_db_instance", "stop_db_instance", "start_db_instance", "reboot_db_instance",
                 "create_db_snapshot", "copy_db_snapshot", "delete_db_snapshot", "restore_db_instance_from_db_snapshot",
                 "delete_subnet_group", "delete_db_parameter_group"):
        teach(RDSBackend, name)(globals()[name])
    # Nothing is copied at night, and what a list of backups names must be there to restore.
    DBInstance.save_automated_backup = lambda _: None
    DBInstance.address = property(lambda database: address_of(database))
    clock.every(TICK_SECONDS, beat)


def address_of(database: DBInstance) -> str:
    """A name in AWS; here the address that such a name leads to."""
    server = servers.get(database.db_instance_identifier)
    return server.address or "" if server else ""


def create_db_instance(plain: Any, backend: RDSBackend, db_kwargs: dict[str, Any]) -> DBInstance:
    database = plain(backend, db_kwargs)
    origin = origins.pop(database.db_instance_identifier, None)
    if database.engine == "postgres":
        database.status = "creating"
        subnet = database.db_subnet_group._subnets[0]
        volume = ec2_of(database).create_volume(size=int(database.allocated_storage), zone_name=subnet.availability_zone, snapshot_id=origin, volume_type="gp3")
        servers[database.db_instance_identifier] = server = Server(database, volume)
        launch(server)
    return database


def restore_db_instance_from_db_snapshot(plain: Any, backend: RDSBackend, from_snapshot_id: str, overrides: dict[str, Any]) -> DBInstance:
    snapshot = backend.get_db_snapshot(from_snapshot_id.split(":snapshot:")[-1])
    if snapshot.status != "available":
        raise RDSClientError("InvalidDBSnapshotState", f"DBSnapshot {from_snapshot_id} is in state {snapshot.status}.")
    name = overrides["db_instance_identifier"].lower()
    origins[name] = snapshot.disk
    try:
        database = plain(backend, from_snapshot_id, overrides)
    finally:
        origins.pop(name, None)
    # Of the old one these are not taken over: a database that is restored is in one zone and unprotected unless asked otherwise.
    database.multi_az, database.deletion_protection = overrides.get("multi_az", False), overrides.get("deletion_protection", False)
    return database


def create_db_snapshot(plain: Any, backend: RDSBackend, db_instance_identifier: str, *arguments: Any, **named: Any) -> DBSnapshot:
    refuse_unless_available(backend, db_instance_identifier, f"Cannot create a snapshot because the database instance {db_instance_identifier} is not currently in the available state.")
    snapshot = plain(backend, db_instance_identifier, *arguments, **named)
    if server := servers.get(db_instance_identifier):
        snapshot.disk = ec2_of(server.database).create_snapshot(server.volume.id, f"Snapshot of {db_instance_identifier}").id
        snapshot.status = "creating"
        copies.waiting[snapshot.disk] = snapshot, server.volume.id
    return snapshot


def copy_db_snapshot(plain: Any, backend: RDSBackend, source: str, *arguments: Any, **named: Any) -> DBSnapshot:
    origin = backend.get_db_snapshot(source.split(":snapshot:")[-1])
    if origin.status != "available":
        raise RDSClientError("InvalidDBSnapshotState", f"DBSnapshot {source} is in state {origin.status}.")
    snapshot = plain(backend, source, *arguments, **named)
    snapshot.disk = origin.disk
    return snapshot


def delete_db_snapshot(plain: Any, backend: RDSBackend, db_snapshot_identifier: str) -> DBSnapshot:
    snapshot = plain(backend, db_snapshot_identifier)
    copies.waiting.pop(getattr(snapshot, "disk", ""), None)
    return snapshot


def delete_db_instance(plain: Any, backend: RDSBackend, db_instance_identifier: str, *arguments: Any, **named: Any) -> DBInstance:
    database = plain(backend, db_instance_identifier, *arguments, **named)
    if server := servers.pop(db_instance_identifier, None):
        end(server)
        copies.leaving.append(server.volume)
    return database


def delete_subnet_group(plain: Any, backend: RDSBackend, name: str) -> Any:
    refuse_while_used(backend, "InvalidDBSubnetGroupStateFault", f"Cannot delete the subnet group '{name}'",
                      lambda database: database.db_subnet_group is not None and database.db_subnet_group.name == name)
    return plain(backend, name)


def delete_db_parameter_group(plain: Any, backend: RDSBackend, name: str) -> Any:
    refuse_while_used(backend, "InvalidDBParameterGroupState", f"Cannot delete the parameter group '{name}'",
                      lambda database: database.db_parameter_group_name == name)
    return plain(backend, name)


def refuse_while_used(backend: RDSBackend, code: str, what: str, uses: Callable[[DBInstance], bool]) -> None:
    if user := next(filter(uses, backend.databases.values()), None):
        raise RDSClientError(code, f"{what} because at least one database instance: {user.db_instance_identifier} is still using it.")


def stop_db_instance(plain: Any, backend: RDSBackend, db_instance_identifier: str, *arguments: Any, **named: Any) -> DBInstance:
    """Its machine goes as its power button says; its disk and its address stay."""
    database = plain(backend, db_instance_identifier, *arguments, **named)
    if server := servers.get(db_instance_identifier):
        end(server)
    return database


def start_db_instance(plain: Any, backend: RDSBackend, db_instance_identifier: str) -> DBInstance:
    database = plain(backend, db_instance_identifier)
    if server := servers.get(db_instance_identifier):
        database.status = "starting"
        launch(server)
    return database


def reboot_db_instance(plain: Any, backend: RDSBackend, db_instance_identifier: str) -> DBInstance:
    refuse_unless_available(backend, db_instance_identifier, f"Instance {db_instance_identifier} is not in available state.")
    database = plain(backend, db_instance_identifier)
    if server := servers.get(db_instance_identifier):
        database.status = "rebooting"
        end(server)
        launch(server)
    return database


def refuse_unless_available(backend: RDSBackend, name: str, why: str) -> None:
    if name in backend.databases and backend.databases[name].status != "available":
        raise RDSClientError("InvalidDBInstanceState", why)


def beat() -> None:
    for server in servers.values():
        if server.database.status == "stopped":
            continue
        if server.instance is None or server.instance.state == "terminated":
            # A server that died comes back on its disk and at its address, as RDS sees to.
            server.database.status = "rebooting"
            end(server)
            launch(server)
        elif server.listening and server.database.status != "available":
            server.database.status = "available"
            say("database available", database=server.database.db_instance_identifier, address=server.address)
    for volume in [volume for volume in copies.leaving if volume.id not in [source for _, source in copies.waiting.values()]]:
        copies.leaving.remove(volume)
        volume.ec2_backend.delete_volume(volume.id)


def exchange(told: dict[str, list[str]]) -> dict[str, Any]:
    """The host tells which machines answer to PostgreSQL and which disks it has copied, and hears which to copy."""
    for server in servers.values():
        server.listening = server.instance is not None and server.instance.id in told["listening"]
    for disk in told["copied"]:
        if disk in copies.waiting:
            snapshot, _ = copies.waiting.pop(disk)
            snapshot.status = "available"
            say("snapshot taken", snapshot=snapshot.db_snapshot_identifier)
    return {"copies": {disk: volume for disk, (_, volume) in copies.waiting.items()}}
