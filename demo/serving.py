"""The verifier and inspections under gunicorn, as it runs for real, for as long as somebody wants to look."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from . import waiting
from .certificates import Certificates
from .governorate import Governorate
from .inspections import Street
from .starting import started
from .users import Users

APP = Path(str(files("inspector_app").joinpath("pwa/dist")))


class Address(NamedTuple):
    """Where the verifier listens; with certificates by HTTPS."""

    host: str
    port: int
    certificates: Certificates | None = None

    @property
    def base(self) -> str:
        """The address to open, without a path."""
        return f"{'https' if self.certificates else 'http'}://{self.host}:{self.port}"


def app_setting(folder: Path = APP) -> dict[str, str]:
    """Return the setting that offers the phone app, empty where it is not built (`make app`)."""
    return {"KHATM_APP": str(folder)} if (folder / "index.html").is_file() else {}


@contextmanager
def serving(
    governorate: Governorate, address: Address, *, users: Users, street: Street, portal: str, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run the verifier on the governorate's published files, and inspections beside it on the same address.

    It is ready when this gives its process. Raises DemoError `service_failed`.
    """
    command = ["-m", "gunicorn", "-c", "python:verifier.gunicorn_conf", "--log-level", "warning"]
    if address.certificates:
        command += ["--certfile", str(address.certificates.server), "--keyfile", str(address.certificates.server_key)]
    settings = {
        "KHATM_PUBLISHED": str(governorate.published.absolute()),
        "KHATM_ROOT": str(governorate.root.absolute()),
        "KHATM_STATE": str((users.home("verifier") / "state.json").absolute()),
        "KHATM_CONTACT_AR": "غرفة عمليات المحافظة (تجربة)",
        "KHATM_CONTACT_EN": "the governorate's control room (demo)",
        "KHATM_CONTACT_LINK": "mailto:report@khatm.example",
        "KHATM_PORTAL": portal,
        **app_setting(),
        "KHATM_MAP": str(street.map.absolute()),
        **street.settings(),
        "KHATM_SECURITY_CONTACT": "mailto:security@khatm.example",
        "KHATM_BIND": f"{address.host}:{address.port}",
    }
    authority = address.certificates.authority if address.certificates else None
    with started(
        [*command, "demo.street"], {**environment, **settings}, users.of("verifier")
    ) as process:  # the folder may be named from here
        waiting.until_ready(process, address.base, authority=authority)
        yield process
