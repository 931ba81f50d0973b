"""Intrinsic functions of templates that moto does not know.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-cidr.html
"""

import ipaddress
from itertools import islice
from typing import Any

from moto.cloudformation import parsing

from .patch import teach


def teach_moto() -> None:
    teach(parsing, "clean_json")(clean)


def clean(plain: Any, node: Any, resources: Any) -> Any:
    if isinstance(node, dict) and "Fn::Cidr" in node:
        block, count, *bits = (plain(part, resources) for part in node["Fn::Cidr"])
        return cidr(block, int(count), int(bits[0]) if bits else None)
    return plain(node, resources)


def cidr(block: str, count: int, bits: int | None) -> list[str]:
    """So many networks of a block. `bits` are what is left to hosts in each; without them the block is divided evenly."""
    network = ipaddress.ip_network(block)
    prefix = network.max_prefixlen - bits if bits is not None else network.prefixlen + (count - 1).bit_length()
    return [str(part) for part in islice(network.subnets(new_prefix=prefix), count)]
