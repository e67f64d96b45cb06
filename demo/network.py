"""Which addresses this machine has on the local network."""

from __future__ import annotations

import socket
from ipaddress import AddressValueError, IPv4Address

from .errors import DemoError

_ELSEWHERE = ("192.0.2.1", 9)  # RFC 5737: an address for documentation; nothing is ever sent there


def lan_address(named: str | None) -> IPv4Address:
    """Return the address that phones reach: the `named` one, else the one this machine would use to reach others.

    Raises DemoError `address_invalid` or `no_address`.
    """
    if named is not None:
        try:
            address = IPv4Address(named)
        except AddressValueError as error:
            raise DemoError("address_invalid", named) from error
        if not _is_ours(str(address)):
            raise DemoError("address_invalid", named)
        return address
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)  # chooses a route; a datagram socket sends nothing by this
        except OSError as error:
            raise DemoError("no_address") from error
        found = IPv4Address(probe.getsockname()[0])
    if found.is_loopback or found.is_unspecified:
        raise DemoError("no_address")
    return found


def _is_ours(host: str) -> bool:
    with socket.socket() as listener:
        try:
            listener.bind((host, 0))
        except OSError:
            return False
    return True
