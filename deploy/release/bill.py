"""The bill of materials of a wheel, in CycloneDX 1.6 JSON: one input, one text, whenever and wherever it is made."""

from __future__ import annotations

import hashlib
import platform
import uuid
from collections.abc import Iterable, Mapping

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.contact import OrganizationalEntity
from cyclonedx.model.license import License
from cyclonedx.model.lifecycle import LifecyclePhase, PredefinedLifecycle
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.utils import canonicalize_name

from . import installed
from .errors import ReleaseError
from .locks import Bundled, Locked
from .wheels import Wheel

_SPACE = uuid.UUID("6f1d0b0e-7a0c-5a63-9d0a-2b5c9c3f7d41")  # of serial numbers that come from what a bill says
_LICENSES = LicenseFactory()


def text(wheel: Wheel, locked: tuple[Locked, ...], app: tuple[Bundled, ...]) -> str:
    """Return the bill. Raises ReleaseError: lock_short, environment_differs, bill_invalid."""
    _held(wheel, locked)
    said = installed.of(locked)
    unnumbered = _written(_bom(wheel, locked, app, said, uuid.UUID(int=0)))
    number = uuid.uuid5(_SPACE, hashlib.sha256(unnumbered.encode()).hexdigest())
    made = _written(_bom(wheel, locked, app, said, number))
    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(made)
    if fault is not None:
        raise ReleaseError("bill_invalid", str(fault.data)[:300])
    return made


def _written(bom: Bom) -> str:
    return JsonV1Dot6(bom).output_as_string(indent=1) + "\n"


def _held(wheel: Wheel, locked: tuple[Locked, ...]) -> None:
    """Raise ReleaseError unless the lock has everything that the wheel asks for."""
    here = {each.name: each.version for each in locked if each.here()}
    for wanted in wheel.requires:
        version = here.get(canonicalize_name(wanted.name))
        if version is None or not wanted.specifier.contains(version):
            raise ReleaseError("lock_short", f"{wanted}; {version}")


def _bom(wheel: Wheel, locked: tuple[Locked, ...], app: tuple[Bundled, ...], said: Mapping[str, installed.Said], number: uuid.UUID) -> Bom:
    itself, python = _itself(wheel), _python(wheel)
    libraries: dict[str, list[Component]] = {}
    for each in locked:
        libraries.setdefault(each.name, []).append(_library(each, said.get(each.name) if each.here() else None))
    phone = [_bundled(each) for each in app]
    everything = [component for components in libraries.values() for component in components]
    bom = Bom(
        serial_number=number,
        components=[python, *everything, *phone],
        metadata=BomMetaData(
            timestamp=wheel.made,
            component=itself,
            manufacturer=OrganizationalEntity(name="Khatm"),
            lifecycles=[PredefinedLifecycle(LifecyclePhase.BUILD)],
            properties=[Property(name="khatm:wheel", value=wheel.file)],
        ),
    )
    first, needs = installed.edges(wheel.requires, said)
    reached = first | {name for names in needs.values() for name in names}
    # What nothing asks for is in the lock all the same, and so on a machine.
    of_its_own = _all(libraries, first | (set(libraries) - reached))
    bom.register_dependency(itself, [python, *of_its_own, *phone])
    for name, components in libraries.items():
        for component in components:
            bom.register_dependency(component, _all(libraries, needs.get(name, set())))
    return bom


def _all(libraries: Mapping[str, list[Component]], names: Iterable[str]) -> list[Component]:
    return [component for name in names for component in libraries.get(name, [])]


def _itself(wheel: Wheel) -> Component:
    purl = PackageURL("generic", None, "khatm", wheel.version, {"checksum": f"sha256:{wheel.sha256}"})
    return Component(
        name="khatm",
        version=wheel.version,
        type=ComponentType.APPLICATION,
        bom_ref=f"khatm@{wheel.version}",
        purl=purl,  # generic: an index of packages may have a stranger's of this name
        licenses=[_LICENSES.make_from_string(wheel.license)],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=wheel.sha256)],
    )


def _python(wheel: Wheel) -> Component:
    version = platform.python_version()
    purl = PackageURL("generic", None, "python", version)
    return Component(
        name="python",
        version=version,
        type=ComponentType.PLATFORM,
        bom_ref=str(purl),
        purl=purl,
        description="The Python that it was built and tried with; the machine's own runs it",
        licenses=[_LICENSES.make_from_string("PSF-2.0")],
        properties=[Property(name="khatm:requires-python", value=wheel.python)],
    )


def _library(locked: Locked, said: installed.Said | None) -> Component:
    purl = PackageURL("pypi", None, locked.name, locked.version)
    licenses, notes = _licenses(said)
    if locked.marker is not None:
        notes.append(Property(name="khatm:marker", value=locked.marker))
    return Component(
        name=locked.name,
        version=locked.version,
        type=ComponentType.LIBRARY,
        bom_ref=str(purl),
        purl=purl,
        scope=ComponentScope.REQUIRED if locked.here() else ComponentScope.OPTIONAL,  # optional: another machine's
        licenses=licenses,
        # One for each file that the lock lets in: a machine installs the one that fits it.
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=each) for each in locked.hashes],
        properties=notes,
    )


def _licenses(said: installed.Said | None) -> tuple[list[License], list[Property]]:
    if said is None:
        return [], [Property(name="khatm:license", value="unknown: not installed where this was made")]
    if said.expression:
        return [_LICENSES.make_from_string(said.expression)], []
    if said.names:
        return [_LICENSES.make_with_name(each) for each in said.names], []
    return [], [Property(name="khatm:license", value="unknown: the package does not say")]


def _bundled(package: Bundled) -> Component:
    group, _, name = package.name.rpartition("/")
    purl = PackageURL("npm", group or None, name, package.version)
    known = [_LICENSES.make_from_string(package.license)] if package.license else []
    notes = [] if known else [Property(name="khatm:license", value="unknown: the package does not say")]
    return Component(
        name=name,
        group=group or None,
        version=package.version,
        type=ComponentType.LIBRARY,
        bom_ref=str(purl),
        purl=purl,
        scope=ComponentScope.REQUIRED,
        licenses=known,
        hashes=[HashType(alg=HashAlgorithm.SHA_512, content=package.sha512)],
        properties=[*notes, Property(name="khatm:part", value="phone app")],
    )
