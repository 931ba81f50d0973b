"""Makes the way to a machine longer: what is sent to it goes through here, and on to its link some time later.

    slow_link.py DEVICE ADDRESS LINK TABLE MILLISECONDS

Runs in the lab's network, which routes by its destination what comes from elsewhere, and by TABLE what comes out of DEVICE. It goes
on until it is killed; the kernel then takes the device away, and who killed it puts the route back.
"""

import collections
import fcntl
import os
import select
import struct
import subprocess
import sys
import time

# From the kernel's include/uapi/linux/if_tun.h: a device of IP packets, without a header before each.
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
PACKET = 65536


def device(name: str) -> int:
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    return tun


def route(name: str, address: str, link: str, table: str) -> None:
    """What comes out of the device may have an address of this very network namespace for its sender."""
    for setting, value in (("accept_local", "1"), ("rp_filter", "0")):
        with open(f"/proc/sys/net/ipv4/conf/{name}/{setting}", "w", encoding="ascii") as file:
            file.write(value)
    ip("link", "set", name, "mtu", "1500", "up")
    ip("route", "replace", f"{address}/32", "dev", link, "table", table)
    ip("rule", "add", "iif", name, "lookup", table)
    ip("route", "replace", f"{address}/32", "dev", name)


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def relay(tun: int, delay: float) -> None:
    waiting: collections.deque[tuple[float, bytes]] = collections.deque()
    while True:
        wait = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        if select.select([tun], [], [], wait)[0]:
            waiting.append((time.monotonic() + delay, os.read(tun, PACKET)))
        while waiting and waiting[0][0] <= time.monotonic():
            os.write(tun, waiting.popleft()[1])


def main(name: str, address: str, link: str, table: str, milliseconds: str) -> None:
    tun = device(name)
    route(name, address, link, table)
    relay(tun, float(milliseconds) / 1000)


main(*sys.argv[1:])
