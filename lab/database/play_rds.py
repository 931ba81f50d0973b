#!/usr/bin/python3
"""Plays the host of an RDS database: PostgreSQL as the API's DB instance says it, on a disk that outlives this machine."""
import json
import os
import pwd
import subprocess
import sys
import time
import urllib.request

METADATA = "http://169.254.169.254/latest"
BIN = "/usr/lib/postgresql/17/bin"
DISK, DATA = "/srv/rds", "/srv/rds/data"
POSTGRES = pwd.getpwnam("postgres")
# The machine is one of many on this computer: what RDS would take for its buffers, all of them together do not have.
BUFFERS = "shared_buffers=64MB"


def ask(path, method="GET", **headers):
    request = urllib.request.Request(METADATA + path, method=method, headers={name.replace("_", "-"): value for name, value in headers.items()})
    return urllib.request.urlopen(request, timeout=5).read().decode()


def wanted():
    token = ask("/api/token", "PUT", X_aws_ec2_metadata_token_ttl_seconds="60")
    return json.loads(ask("/user-data", X_aws_ec2_metadata_token=token))


def mount(volume):
    disk = f"/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_{volume.replace('-', '')}"
    while not os.path.exists(disk):
        time.sleep(0.2)
    disk = os.path.realpath(disk)
    if subprocess.run(["blkid", "-p", disk], stdout=subprocess.DEVNULL).returncode != 0:
        run("mkfs.ext4", "-q", disk)
    os.makedirs(DISK, exist_ok=True)
    if not os.path.ismount(DISK):
        run("mount", disk, DISK)
        run("resize2fs", disk)


def run(*command, **options):
    subprocess.run(command, check=True, stdin=None if "input" in options else subprocess.DEVNULL, stdout=sys.stderr, **options)


def as_postgres(*command, **options):
    run("setpriv", f"--reuid={POSTGRES.pw_uid}", f"--regid={POSTGRES.pw_gid}", "--clear-groups", *command, **options)


def prepare(settings):
    if not os.path.exists(f"{DATA}/PG_VERSION"):
        # One that was cut off is begun anew.
        run("rm", "-rf", DATA)
        run("install", "-d", "-o", "postgres", "-g", "postgres", "-m", "700", DATA)
        as_postgres(f"{BIN}/initdb", "-D", DATA, "--username=rdsadmin", "--auth=peer", "--encoding=UTF8", "--locale=C.UTF-8")
    certificate = [f"{DATA}/server.key", f"{DATA}/server.crt"]
    if not all(map(os.path.exists, certificate)):
        as_postgres("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650",
                    "-subj", "/CN=database", "-keyout", certificate[0], "-out", certificate[1], stderr=subprocess.DEVNULL)
    with open(f"{DATA}/pg_hba.conf", "w") as rules:
        rules.write(f"local all all trust\n{'hostssl' if settings['tls'] else 'host'} all all 0.0.0.0/0 scram-sha-256\n")


def let_in(settings):
    """Before anybody can reach it: the user, its password of now, and its database."""
    as_postgres(f"{BIN}/pg_ctl", "-D", DATA, "-w", "-o", f"-c listen_addresses='' -c {BUFFERS}", "-l", f"{DATA}/start.log", "start")
    name, password, database = (settings[part].replace("'", "''") for part in ("user", "password", "database"))
    as_postgres("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "rdsadmin", "postgres", text=True, input=f"""
        SELECT 'CREATE ROLE "{name}" LOGIN CREATEDB CREATEROLE' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') \\gexec
        ALTER ROLE "{name}" PASSWORD '{password}';
        SELECT 'CREATE DATABASE "{database}" OWNER "{name}"' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{database}') \\gexec
    """)
    as_postgres(f"{BIN}/pg_ctl", "-D", DATA, "-w", "-m", "fast", "stop")


def serve(settings):
    options = [BUFFERS, "listen_addresses=*", "ssl=on", f"max_connections={settings['connections']}"]
    os.initgroups("postgres", POSTGRES.pw_gid)
    os.setgid(POSTGRES.pw_gid)
    os.setuid(POSTGRES.pw_uid)
    os.execv(f"{BIN}/postgres", [f"{BIN}/postgres", "-D", DATA, *(word for option in options for word in ("-c", option))])


if __name__ == "__main__":
    settings = wanted()
    mount(settings["volume"])
    prepare(settings)
    let_in(settings)
    serve(settings)
