"""`khatm demo`: everything once, from the keys to the verdicts. An edge: it reads the clock and the environment, and talks to people."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple, NoReturn

import click

from issuer.refusing import run_refusing
from keys import errors as key_errors
from storage.errors import disk
from web import clock

from . import certificates, folder, handout, network, office, ownership, ports, processes, scenes, serving, users, van, waiting, witnesses
from .errors import SENTENCES, DemoError
from .governorate import Governorate
from .inspections import Street
from .office import MOBILE
from .processes import Running
from .scenes import Cast
from .serving import Address
from .starting import quiet
from .telling import Teller
from .users import Users
from .witnesses import MadeWitness

PORT, LAN_PORT, OFFICE_PORT = 8000, 8443, 8010
HOST = "khatm.example"  # RFC 2606: printed on the codes of a demo that only this machine sees
FAILED = 1
_STEPS = 7
_SEALED_AGO = 40 * 86_400  # seconds: there are inspections of the last month


class Played(NamedTuple):
    """What the steps left: the street, the licenses of the scenes, a receipt's picture and what its code holds, a notice's number."""

    street: Street
    actors: Cast
    receipt: Path
    received: str
    notice: str


@click.command("demo")
@click.option("--dir", "where", type=click.Path(path_type=Path), default=Path("var/demo"), show_default=True, help="Made afresh each time.")
@click.option("--no-serve", is_flag=True, help="End after the three verdicts: 0 if they are as they must be.")
@click.option("--lan", is_flag=True, help="Serve by HTTPS on the local network, for a real phone.")
@click.option("--address", help="With --lan: this machine's IPv4 address on that network.")
@click.option("--port", type=click.IntRange(1, 65_535), help=f"Where to serve.  [default: {PORT}; with --lan {LAN_PORT}]")
@click.option("--office-port", type=click.IntRange(1, 65_535), help=f"Where to serve the office.  [default: {OFFICE_PORT}, or a free one]")
def demo(where: Path, no_serve: bool, lan: bool, address: str | None, port: int | None, office_port: int | None) -> None:
    """Try everything in a small governorate: ten authorities, sixty licenses, a photograph, three verdicts, services to look at."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    os.umask(0o077)  # what is made here is nobody else's affair until it is given to a process
    try:
        if address is not None and not lan:
            raise DemoError("lan_only")
        host = str(network.lan_address(address)) if lan else "127.0.0.1"
        chosen = Address(host, port or (LAN_PORT if lan else PORT))
        if not no_serve:
            ports.hold(chosen.host, chosen.port)
            if wanted := office_port or (OFFICE_PORT if port is None and not lan else 0):
                ports.hold("127.0.0.1", wanted)
            desk = wanted or ports.free_port()
        with folder.fresh(where) as made:
            _run(made, chosen, 0 if no_serve else desk, lan=lan)
    except DemoError as error:
        _fail(error.code, error.detail)
    except BrokenPipeError:
        raise  # the reader went away, as `| head` does: click ends quietly
    except OSError as error:
        _fail(disk(error), key_errors.named(error))


def _fail(code: str, detail: str) -> NoReturn:
    click.secho(SENTENCES.both(code, detail), fg="red", err=True)
    raise SystemExit(FAILED)


def _run(made: Path, address: Address, desk: int, *, lan: bool) -> None:
    governorate = Governorate(made, f"{address.host}:{address.port}" if lan else HOST)
    teller, owners = Teller(_STEPS), users.found(made, made / folder.MARKER, os.environ)  # noqa: TID251 - an edge
    teller.title(
        "Khatm — ختم   a small governorate to try everything in",
        "THROW-AWAY KEYS: made just now, with their passphrase lying beside them. Never seal a real license with them.",
        f"Everything is in {made} and is deleted by the next `khatm demo`.",
        *([SENTENCES.both(owners.why)] if owners.why else []),
    )
    with ExitStack() as running:
        played = run_refusing(partial(_play, governorate, owners, teller, running))
        if desk:
            with suppress(KeyboardInterrupt):
                _serve(governorate, owners, address, desk, played, teller, lan=lan)


def _play(governorate: Governorate, owners: Users, teller: Teller, running: ExitStack) -> Played:
    """Do the steps, from the keys to the verdicts. The witnesses run as long as `running` is open."""
    made = governorate.folder
    teller.step("Keys: three for the root, of which two sign the trust list; one for status lists, one for each authority")
    environment = quiet(dict(os.environ))  # noqa: TID251 - an edge
    witnessing: list[subprocess.Popen[bytes]] = []

    def begin(each: MadeWitness) -> None:  # while the other keys are made
        name = users.WITNESSES[len(witnessing)]
        ownership.of_witness(owners, name, each)
        witnessing.append(running.enter_context(witnesses.begun(each, environment, owners.of(name))))

    count = governorate.make_keys(
        now=clock.seconds(),
        since=clock.seconds() - 2 * _SEALED_AGO,
        made=lambda code, ar, en: teller.line(f"{code:<4} {en:<14} {ar}"),
        witness=begin,
    )
    teller.line(f"{count} keys, encrypted, in {governorate.locations.keys}")
    teller.line(f"The root's three lie together in {made / 'root'}: in a real house each is another person's, on another machine")
    for each, process in zip(governorate.witnesses, witnessing, strict=True):
        waiting.until_ready(process, each.address)
        teller.line(f"{each.name}, a witness of the log with keys of its own, runs at {each.address}: {each.folder}")

    teller.step("Licenses: the sample is checked, sealed and registered")
    with click.progressbar(length=1000, label="      " + governorate.sample.name, show_pos=False) as bar:
        summary = governorate.issue(now=clock.seconds() - _SEALED_AGO, progress=lambda share: bar.update(round(share * 1000) - bar.pos))
    teller.line(f"{summary.counts['issued']} licenses sealed; code (SVG, PNG) and card of each in {governorate.out}")

    teller.step("The license office: accounts for its staff, and an application in every state")
    applications = dict(governorate.furnish_office(now=clock.seconds()))
    for state, number in applications.items():
        teller.line(f"{state:<21} {number}")
    teller.line(f"how to sign in: {made / 'people.txt'}")

    teller.step("Published files: all that a verifier ever needs, signed")
    street = Street(governorate)
    files = governorate.publish(now=clock.seconds(), sites=street.sites)
    teller.line(f"{', '.join(('trust-list', *files))} in {governorate.published}")

    teller.step("Inspections: a supervisor, an inspector, a police officer, and a month of what a phone saw")
    staff, count = street.furnish(now=clock.seconds())
    office.tell(staff, made / "inspectors.txt")
    teller.line(f"{count} inspections, signed in one chain; how to sign in: {made / 'inspectors.txt'}")
    notice = street.approve(now=clock.seconds())
    teller.line(f"{notice} approved: the notice of a violation, sealed by the office's worker once it runs")

    receipt = made / "receipt.png"
    received = scenes.print_receipt(governorate, applications["under_review"], receipt, now=clock.now())
    teller.facts([("receipt", str(receipt))])

    teller.step("A photograph of one card: askew, blurred, JPEG")
    actors, photo = scenes.cast(governorate.sealed(), now=clock.seconds()), made / "photograph.jpg"
    scenes.photograph_card(governorate, actors.revoked, photo, now=clock.seconds())
    teller.facts([("card", f"{actors.revoked.number}  {actors.revoked.claims.license.trade_name}"), ("photo", str(photo))])

    teller.step("Three verdicts on that photograph, by the published files alone")
    scenes.play(governorate, actors.revoked, photo, now=clock.now, tell=teller.verdict)
    _tell_commands(teller, governorate, photo, actors)
    return Played(street, actors, receipt, received, notice)


def _tell_commands(teller: Teller, governorate: Governorate, photo: Path, actors: Cast) -> None:
    point = actors.revoked.claims.license.site.point
    at, lists = f"--at {point.latitude:.6f},{point.longitude:.6f},6", f"--published {governorate.published}"
    teller.addresses(
        "Go on by hand",
        [
            ("the verdict again", f"khatm verify {photo} {lists} {at}"),
            ("with the camera tool", f"khatm scan --image {photo} {lists} {at}"),
        ],
    )


def _serve(governorate: Governorate, owners: Users, address: Address, desk: int, played: Played, teller: Teller, *, lan: bool) -> None:
    if lan:
        address = address._replace(certificates=_certificates(governorate, address))
    street, environment = played.street, dict(os.environ)  # noqa: TID251 - an edge
    if address.certificates:  # the office asks inspections there
        environment["SSL_CERT_FILE"] = str(address.certificates.authority.absolute())
    street.connect([owners.home(name) / ownership.INSPECTIONS for name in ("web", "enforcer")], address.base, now=clock.seconds())
    till = ports.free_port()
    ownership.write_settings(governorate, owners, till)
    ownership.of_programs(governorate, street, owners, address.certificates)
    portal = "" if lan else f"http://127.0.0.1:{desk}"  # the office stays on this machine: a phone would find nothing at that address
    with (
        serving.serving(governorate, address, users=owners, street=street, portal=portal, environment=environment) as process,
        processes.running(governorate, desk, till, users=owners, street=street, environment=environment, now=clock.seconds()) as running,
        _handout(address, played.receipt) as explained,
    ):
        teller.addresses("Open in a browser", _pages(address, played))
        teller.addresses("The license office", _desks(governorate, running))
        laptop = van.enrolled(governorate, running.office, users=owners, streets=street.map, now=clock.seconds())
        teller.addresses("A van without a network (docs/how-to/van.md)", laptop.told(running.office))
        with owners.acting_as("verifier"):
            told = _street(governorate, address, street)
            sealed = street.serve(played.notice, now=clock.seconds())
        teller.addresses("Inspections", told)
        teller.addresses("A notice of a violation", _notice(address, running, played.notice, sealed))
        if explained:
            card = governorate.out / f"{played.actors.valid.number}.card.svg"
            teller.addresses(
                "On a phone in the same network",
                [
                    ("1. install the demo's certificate", explained),
                    ("2. point the camera at a card on this screen", str(card)),
                    ("3. or at the receipt of an application: received, not a license", str(played.receipt)),
                ],
            )
        if owners.parted:
            named = ", ".join(f"{name} {number}" for name, number in owners.numbers.items())
            teller.line(f"Each process runs as a user of the system of its own: {named}\n")
        click.echo("  Ctrl-C ends.\n")
        code = process.wait()  # by itself it never ends
        raise DemoError("service_failed", f"exit code {code}")


def _certificates(governorate: Governorate, address: Address) -> certificates.Certificates:
    return certificates.make(governorate.folder / "https", [network.lan_address(address.host)], now=clock.now())


@contextmanager
def _handout(address: Address, receipt: Path) -> Iterator[str | None]:
    if address.certificates is None:
        yield None
        return
    with handout.handing_out(address.certificates.authority, receipt, host=address.host, base=address.base) as explained:
        yield explained


def _pages(address: Address, played: Played) -> list[tuple[str, str]]:
    actors = played.actors
    return [
        ("start page: photograph or paste a code", f"{address.base}/"),
        *([("the phone app: scans with the camera, also without a network", f"{address.base}/app/")] if serving.app_setting() else []),
        (f"a license in force: {actors.valid.claims.license.trade_name}", address.base + actors.valid.path),
        (f"the revoked one: {actors.revoked.claims.license.trade_name}", address.base + actors.revoked.path),
        (f"one that has ended: {actors.expired.claims.license.trade_name}", address.base + actors.expired.path),
        ("the receipt of an application, which is no license", f"{address.base}/{played.received.split('/')[-1]}"),
        ("its picture, to be scanned or chosen as a photo", str(played.receipt)),
    ]


def _street(governorate: Governorate, address: Address, street: Street) -> list[tuple[str, str]]:
    typed, scanned = street.code(now=clock.seconds(), address=address.base)
    return [
        (f"supervisors and police: names, passwords and codes in {governorate.folder / 'inspectors.txt'}", f"{address.base}/inspections/"),
        (
            "enrol a phone for amal within ten minutes: typed in the app, or as this text in a QR code",
            f"{typed}   {scanned}",
        ),
    ]


def _notice(address: Address, running: Running, number: str, text: str) -> list[tuple[str, str]]:
    leads = "on other machines of the network no button leads on" if address.certificates else "a button there leads to the portal"
    return [
        (f"its code, as a camera opens it; {leads}", f"{address.base}/{text.rsplit('/', maxsplit=1)[-1]}"),
        ("on the portal: paste the code there, on this machine; see where it stands, get its paper, object", f"{running.office}/notice"),
        (f"{number}: in the supervisor's list, and at the police's look-up by this number", f"{address.base}/inspections/violations"),
    ]


def _desks(governorate: Governorate, running: Running) -> list[tuple[str, str]]:
    return [
        (
            f"the citizens' portal: sign in with 0{MOBILE[3:]} (or another number); codes are printed below, not sent",
            f"{running.office}/",
        ),
        (f"the technology centre: names, passwords and codes in {governorate.folder / 'people.txt'}", f"{running.office}/centre/"),
        ("the payment provider's till: pay there what the portal asks for", f"{running.till}/"),
        ("links in messages lead to the official host; here they are at", f"{running.office}/k/…"),
    ]
