"""A web office whose van is under way: a laptop enrolled over HTTP, as the commands do it, and its counter in this process."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import func, select
from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Response

from issuer.operations import SigningContext
from office.applicants import keyring
from office.applications.tables import applications
from office.laptop import enrolment, sending, vault
from office.laptop.door import Laptop
from office.laptop.sending import Sent
from office.laptop.vault import Vault
from tests.office.applicants.invented import person
from tests.office.applications.workplace import shop
from tests.office.desk.house import House, Visitor, mobile, plain, served


@cache
def photograph() -> bytes:
    """A picture, which is looked at in this process: a PDF takes one of its own each time."""
    written = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(written, "PNG")
    return written.getvalue()


PASSPHRASE = "عربة زرقاء فوق كوبري سيدي جابر"


class Centre(House):
    """The office, and laptops by the folder that each is."""

    def __init__(self, folder: Path, register: str, clerk: SigningContext, **more: Any) -> None:
        self._counters: list[Counter] = []
        keyring.make(folder / "applicants.json", day="2026-11-24")
        super().__init__(folder, register, clerk, applicants=folder / "applicants.json", **more)

    def hand_out(self, name: str = "van", holder: str = "reem") -> Path:
        """A laptop's folder, enrolled by a code that a manager's page showed."""
        self.account(holder, ("MN1", "clerk"))
        manager = self.staff("mona", ("MN1", "manager"))
        page = manager.post("/centre/van/laptops", 200, holder=holder, authority="MN1", name="سيارة المنتزه")
        code = re.findall(r'id="code"><bdi dir="ltr">([0-9A-Z-]+)<', page.text)[0]
        folder = self.folder / name
        with served(self) as address:
            held = vault.begin(folder, PASSPHRASE.encode())
            enrolment.enrol(held, address, code, now=self.now)
            enrolment.fetch(held)
        return folder

    def counter(self, folder: Path) -> Counter:
        """The laptop's counter, opened with the passphrase."""
        self._counters.append(made := Counter(self, folder))
        return made

    def close(self) -> None:
        for counter in self._counters:
            counter.laptop.lock()
        super().close()

    def bring(self, folder: Path) -> Sent:
        """What `khatm van file` does, with the office at hand; no network is else."""
        with self.reached(folder) as held:
            return sending.file_(held, now=self.now)

    @contextmanager
    def reached(self, folder: Path) -> Iterator[Vault]:
        """A laptop's vault, opened, while the office is served where the laptop knows it."""
        held = vault.open_(folder, PASSPHRASE.encode())
        address = enrolment.load(held).address
        with served(self, port=int(address.rsplit(":", 1)[1])):
            yield held
        held.close()

    def clerk_at_desk(self) -> Visitor:
        return self.staff("dalia", ("MN1", "clerk"))

    def file_all(self, visitor: Visitor, device: int = 1) -> TestResponse:
        visitor.get("/centre/van")
        return visitor.post(f"/centre/van/all/{device}")

    def applications(self) -> int:
        with self.context.engine.connect() as connection:
            found = select(func.count()).select_from(applications).where(applications.c.number.is_not(None))
            return connection.scalar(found) or 0


class Counter:
    """The laptop's own browser."""

    def __init__(self, centre: Centre, folder: Path, passphrase: str = PASSPHRASE) -> None:
        self.laptop = Laptop(folder, map_=None, now=lambda: centre.now)
        self.http = Client(self.laptop, Response)
        self.csrf = ""
        self.opened = self.http.post("/centre/sign-in", data={"passphrase": passphrase}, base_url=BASE)

    def get(self, path: str, status: int = 200) -> TestResponse:
        return self._told(self.http.get(path, base_url=BASE), status)

    def post(self, path: str, status: int | None = None, *, file: tuple[bytes, str] | None = None, **fields: Any) -> TestResponse:
        data: dict[str, Any] = {"form": self.csrf} | fields
        if file is not None:
            data["file"] = (io.BytesIO(file[0]), file[1])
        return self._told(self.http.post(path, data=data, base_url=BASE), status)

    def draft(self, *, number: str = mobile(7), service: tuple[str, str] = ("shop", "first"), papers: bool = True, **fields: str) -> str:
        """A form with everything that its service needs; its key."""
        self.get(f"/centre/apply?type={service[0]}&procedure={service[1]}")
        begun = self.post("/centre/apply", 303, type=service[0], procedure=service[1], authority="MN1", mobile=number)
        key = begun.location.split("/")[3]
        typed = shop(valid_from="2026-11-24") | fields
        self.get(f"/centre/apply/{key}/details")
        self.post(f"/centre/apply/{key}/details", **(person() | typed))
        self.post(f"/centre/apply/{key}/site", **typed)
        page = self.get(f"/centre/apply/{key}/documents")
        for code in re.findall(r'name="code" value="([a-z_]+)"', page.text) if papers else ():
            self.post(f"/centre/apply/{key}/attach", 303, code=code, file=(photograph(), f"{code}.png"))
        return key

    def close(self, key: str, **more: str) -> str:
        """Its slip's reference."""
        version = re.findall(r'name="version" value="([0-9]+)"', self.get(f"/centre/apply/{key}/check").text)[0]
        answer = self.post(f"/centre/apply/{key}/send", version=version, **more)
        assert answer.status_code == 303, plain(answer.text)
        assert "/slips/" in answer.location, plain(self.get(answer.location).text)
        return answer.location.rsplit("/", 1)[1]

    def slip(self, **fields: str) -> str:
        """The reference of a new application."""
        return self.close(self.draft(**fields))

    def lock(self) -> None:
        self.get("/centre/")
        self.post("/centre/sign-out", 303)

    def _told(self, answer: TestResponse, status: int | None) -> TestResponse:
        if status is not None:
            assert answer.status_code == status, f"{answer.request.path}: {answer.status_code}\n{plain(answer.text)[:3000]}"
        found = re.search(r'name="form" value="([0-9a-f]*)"', answer.text) if answer.mimetype == "text/html" else None
        if found:
            self.csrf = found[1]
        return answer


BASE = "http://127.0.0.1:8033"
__all__ = ["BASE", "Centre", "Counter"]
