"""Addresses of other people's servers."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def guarded(address: str) -> bool:
    """Say whether what is sent to an address may hold secrets: https, or http that stays on this machine; no user, query or fragment."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:  # half an IPv6 address, a port that is none
        return False
    scheme = parts.scheme == "https" or (parts.scheme == "http" and _here(host or ""))
    return bool(scheme and host) and not (parts.username or parts.query or parts.fragment)


def _here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
