"""Starts the region: plain HTTP for the deployer, and the same state over TLS for machines that call AWS by its true names.

    python -m region --port 45600 --address-pool 10.213.0.16/28 [--tls-listen 10.213.0.1:443 --tls-cert F --tls-key F]
"""

import argparse
import ipaddress
import os
import signal
import socket
import ssl
import threading

from werkzeug.serving import BaseWSGIServer, make_server

from . import addresses, autoscaling, change_sets, holdings, images, instances, parameters, signals, stacks, volumes
from . import alarm_declarations, alarms, buckets, databases, egress, intrinsics, journal, listeners, load_balancers, metric_requests, metrics, scheduled_actions, secrets
from . import target_groups, target_health, tracking
from .application import Application, QuietHandler
from .log import say


def arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="region", description="Plays an AWS region on this computer.")
    parser.add_argument("--port", type=int, required=True, help="port of the plain endpoint on localhost")
    parser.add_argument("--address-pool", type=ipaddress.ip_network, help="network whose addresses Elastic IPs are allocated from")
    parser.add_argument("--tls-listen", metavar="ADDRESS:PORT", help="where machines reach the region over TLS")
    parser.add_argument("--tls-cert", metavar="FILE", help="certificate for the names of AWS's endpoints")
    parser.add_argument("--tls-key", metavar="FILE", help="the certificate's key")
    given = parser.parse_args(argv)
    if given.tls_listen and not (given.tls_cert and given.tls_key):
        parser.error("--tls-listen must come with --tls-cert and --tls-key, got none; name both files")
    return given


def servers(given: argparse.Namespace) -> list[BaseWSGIServer]:
    application = Application()
    listening = [serve("127.0.0.1", given.port, application)]
    if given.tls_listen:
        address, port = given.tls_listen.rsplit(":", 1)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(given.tls_cert, given.tls_key)
        listening.append(serve(address, int(port), application, context))
    return listening


def serve(address: str, port: int, application: Application, context: ssl.SSLContext | None = None) -> BaseWSGIServer:
    try:
        listener = socket.create_server((address, port), backlog=128)
    except OSError as error:
        raise SystemExit(f"region: port {port} of {address} must be free, got {os.strerror(error.errno or 0)!r}; end the program that holds it, or name another") from error
    return make_server(address, port, application, threaded=True, request_handler=QuietHandler, ssl_context=context, fd=listener.detach())


def main(argv: list[str] | None = None) -> None:
    given = arguments(argv)
    for part in (autoscaling, change_sets, holdings, images, instances, parameters, signals, stacks, volumes):
        part.teach_moto()
    for part in (alarm_declarations, alarms, buckets, databases, egress, intrinsics, journal, listeners, metric_requests, metrics, scheduled_actions, secrets,
                 target_groups, target_health, tracking):
        part.teach_moto()
    addresses.teach_moto(given.address_pool)
    load_balancers.teach_moto(given.address_pool)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    listening = servers(given)
    for server in listening:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    say("region started", endpoint=f"http://localhost:{listening[0].port}", tls=given.tls_listen)
    stopped.wait()
    for server in listening:
        server.shutdown()
    say("region stopped")
