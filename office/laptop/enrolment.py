"""Which office a laptop belongs to and who holds it, and what it judges by: asked of the office once, kept in the vault."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass

from office.van import packs
from office.van.errors import VanError
from office.van.packs import Pack
from seal import device
from seal.errors import FormatError

from . import calling, vault
from .errors import LaptopError
from .vault import Vault

CLOCK_SECONDS = 600  # by how much the laptop's clock may be before its pack's time
_ADDRESS = re.compile(r"https://[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?|http://(?:localhost|127\.0\.0\.1)(?::[0-9]{1,5})?").fullmatch
_APP = "khatm van 1"


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What the office said when it made this laptop known. `device` stands in references, `token` proves the laptop."""

    address: str
    device: int
    name: str
    authority: str
    holder: str
    display: str
    prefix: str
    token: str


def enrol(held: Vault, address: str, code: str, *, now: int) -> Enrolled:
    """Make the laptop's key known at an office by a code, and fetch what it carries. Raises LaptopError, CallError."""
    address = address.rstrip("/")
    if not _ADDRESS(address):
        raise LaptopError("laptop_address")
    if held.read(vault.ENROLMENT) is not None:
        raise LaptopError("laptop_enrolled", held.path.name)
    plain = "".join(code.split()).replace("-", "").upper()
    try:
        signed = device.sign_enrolment(device.Enrolment(plain, held.public, _APP, device.PROTOCOL, now), held.signer)
    except FormatError as error:
        raise VanError("van_code_unknown") from error
    told = calling.Office(address, "").call("POST", "/enrol", signed)
    try:
        words = {name: str(told[name]) for name in ("name", "authority", "holder", "display", "prefix", "token")}
        enrolled = Enrolled(address=address, device=int(told["device"]), **words)
    except (KeyError, TypeError, ValueError) as error:
        raise LaptopError("laptop_office_odd") from error
    held.write(vault.ENROLMENT, json.dumps(asdict(enrolled), ensure_ascii=False).encode())
    return enrolled


def load(held: Vault) -> Enrolled:
    """Return which office the laptop belongs to. Raises LaptopError `laptop_not_enrolled`, `laptop_altered`."""
    octets = held.read(vault.ENROLMENT)
    if octets is None:
        raise LaptopError("laptop_not_enrolled", held.path.name)
    return Enrolled(**json.loads(octets))


def fetch(held: Vault) -> Pack:
    """Fetch a pack, put it in the place of the one before, and return it. Raises LaptopError `laptop_pack_other`; CallError; VanError."""
    enrolled = load(held)
    octets = calling.Office(enrolled.address, enrolled.token).fetch("/pack")
    pack = packs.read(octets)
    if pack.prefix != enrolled.prefix:
        raise LaptopError("laptop_pack_other", f"{enrolled.prefix}, {pack.prefix[:8]}")
    held.write(vault.PACK, octets)
    return pack


def pack_of(held: Vault) -> Pack:
    """Return the pack that is there. Raises LaptopError `laptop_no_pack`, `laptop_altered`; VanError `van_pack_damaged`."""
    octets = held.read(vault.PACK)
    if octets is None:
        raise LaptopError("laptop_no_pack")
    return packs.read(octets)


def in_force(pack: Pack, *, now: int) -> None:
    """Return if new applications may be entered by a pack. Raises LaptopError `laptop_pack_old`, `laptop_clock_behind`."""
    if now >= pack.until:
        raise LaptopError("laptop_pack_old")
    if now < pack.at - CLOCK_SECONDS:  # by no clock that runs is it earlier than when the pack was made
        raise LaptopError("laptop_clock_behind")
