"""Addresses that strangers named: they are reached on the public internet only, however their names resolve, and for a bounded time.

A name is resolved once for each connection, every address that it has is checked, and the connection goes to an address that was checked:
a name that is public when it is registered and private later (DNS rebinding) leads nowhere.
"""

from __future__ import annotations

import socket
from collections.abc import Collection, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from .within import Timed, Within

_HOST_MAX = 253


class OutsideError(Exception):
    """`code`: `host_unknown` (the name has no address), `address_private` (one of its addresses is not on the public internet), `too_slow`
    (connected, and its time was over before the answer was)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def public(address: str) -> bool:
    """Say whether an IP address is one of the public internet, and so is every address that it carries within."""
    try:
        parsed = ip_address(address)
    except ValueError:  # also one with a zone (fe80::1%eth0)
        return False
    return all(_public(each) for each in _carried(parsed))


def _public(address: IPv4Address | IPv6Address) -> bool:
    # Of old; some networks have them still, and Pythons differ over the second (RFC 7526 ended it).
    old = isinstance(address, IPv6Address) and (address.is_site_local or address.sixtofour is not None)
    return address.is_global and not (address.is_multicast or address.is_reserved or old)


def _carried(address: IPv4Address | IPv6Address) -> Iterator[IPv4Address | IPv6Address]:
    yield address
    if isinstance(address, IPv6Address):
        for carried in (address.ipv4_mapped, *(address.teredo or ())):
            if carried is not None:
                yield carried


class _Checked(Timed):
    """A connection to an address that was checked."""

    way: Outside

    def _new_conn(self) -> socket.socket:
        name, failed = self._dns_host, None
        for address in self.way.addresses(name, self.port):
            try:
                self._dns_host = address  # an address resolves to itself
                return super()._new_conn()
            except (NewConnectionError, ConnectTimeoutError) as error:
                failed = error
            finally:
                self._dns_host = name  # whose certificate is asked for
        raise failed or OutsideError("host_unknown")


class Outside(Within):
    """The way outside, for calls of at most `seconds` once connected.

    `allowed` are names that may lead anywhere: what an operator named, for a network of their own or for trying out.
    """

    kind = _Checked

    def __init__(self, allowed: Collection[str] = (), *, seconds: float) -> None:
        super().__init__(seconds=seconds)
        self._allowed = frozenset(each.lower() for each in allowed)

    def allows(self, host: str) -> bool:
        """Say whether a name may lead anywhere."""
        return host.lower().rstrip(".") in self._allowed

    def takes(self, url: str) -> bool:
        """Say whether an address is one to send to: https (or http, to an allowed name), with a host and no user or fragment."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return False
        plain = url.isascii() and url.isprintable() and not any(each in url for each in " \\@#")
        secure = parts.scheme == "https" or (parts.scheme == "http" and self.allows(host))
        return plain and secure and 0 < len(host) <= _HOST_MAX and port != 0

    def addresses(self, host: str, port: int) -> list[str]:
        """Return the IP addresses of a name, all of which were checked. Raises OutsideError."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise OutsideError("host_unknown") from error
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        if not self.allows(host) and not all(public(each) for each in addresses):
            raise OutsideError("address_private")
        return addresses

    def too_slow(self) -> Exception:
        """Return what is raised when the time is over."""
        return OutsideError("too_slow")
