"""A file or folder that is not there is named with its path and ends the command with 2, whichever option names it (all of `khatm`)."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

import khatm
from tests.house.commands_doc import inner
from tests.issuer.offices import DATA, Office, row
from transparency.keys import ED25519, note_key

#: Options that say where to write: what is not there is made.
_MADE = {"--log-store", "--out", "--template", "--state", "--to", "--dir", "--documents", "--sites", "--files", "--photographs"}
_MADE_BY = {
    *(
        ("keys init", "--keys"),
        ("map invent", "file"),
        ("office applicants init", "file"),
        ("office documents copy", "target"),
        ("inspections photographs copy", "target"),
        ("witness init", "folder"),
        ("keys root join", "--keys"),
    ),
    *((f"keys {words}", "--published") for words in ("trust-list sign", "request", "accept")),
}
#: `khatm doctor` looks at what is not there too, and tells it as a finding (tests/office/doctor).
_LOOKED_AT = {("doctor", option) for option in ("--keys", "--published", "--root", "--backups", "--life", "--followed")}
_LOOKED_AT |= {
    ("doctor", option) for option in ("--applicants", "--apple-wallet", "--google-wallet", "--map", "--documents", "--photographs")
}
#: A backup is made where nothing is, of what there is, and put back where nothing is.
_BACKED_UP = {("backup create", "file"), ("backup create", "--published"), ("backup restore", "--published"), ("backup identity", "file")}
#: A house is made where nothing is; its passphrase is asked for once everything else was answered (tests/deploy).
_SET_UP = {("setup", option) for option in ("--keys", "--beneath", "--passphrase-file", "--pinned")}
#: Tried beside what else their rooms refuse (tests/verifier/following, tests/published, tests/office/van, tests/office/privacy,
#: tests/office/desk/test_object_store.py, tests/inspections/test_photographs_in_a_bucket.py).
_IN_THEIR_ROOMS = {
    *(("export", "to"), ("export", "--published"), ("follow", "--root"), ("follow", "--authority"), ("van serve", "--map")),
    *((f"van {name}", "--passphrase-file") for name in ("enrol", "file", "pack")),
    *((f"privacy {name}", "--applicants") for name in ("breach", "erase", "export", "looks")),
    *((f"privacy {name}", "--person") for name in ("erase", "export", "looks")),
    ("privacy looks", "--csv"),
    *(("office documents copy", "source"), ("inspections photographs copy", "source")),
}
#: Asked for once everything else was looked at and somebody agreed (tests/keys).
_ASKED_LAST = {
    (f"keys {words}", "--passphrase-file") for words in ("roster sign", "root sign", "trust-list sign", "receipts renew", "notices renew")
}
#: Asked for once the file, or the module, that they are about was read (tests/keys).
_ASKED_LAST |= {(f"keys {words}", "--keys") for words in ("root cosign", "root install", "roster cosign", "pkcs11 list")}
_ASKED_LAST |= {(f"keys {words}", "--passphrase-file") for words in ("root cosign", "roster cosign", "root handover", "log new")}
#: Options of every command of the office; they are tried with one that needs them.
_ROOMS = {"--keys", "--published", "--passphrase-file"}
_OF_ROOMS = ("issue", "license", "publish", "office", "audit", "reissue", "register", "privacy")

#: A module of PKCS#11 is loaded and not read: what is missing is named by the token's own refusal (tests/keys/test_tokens.py).
_LOADED = {"--pkcs11"}

LISTS = ["--published", "PUBLISHED"]
#: Roles of keys with what is done to them, and with what they need besides.
_ROLES = (
    *((role, verb, []) for role in ("status", "receipts") for verb in ("add", "renew")),
    *(("notices", verb, ["--authority", "GOV"]) for verb in ("add", "renew")),
    *((role, verb, ["01"]) for role in ("status", "receipts", "notices") for verb in ("retire", "compromise")),
    *(("authority", verb, [word]) for verb, word in (("renew", "MN1"), ("retire", "01"))),
    *(("log", verb, more) for verb, more in (("renew", []), ("compromise", ["0badcafe"]))),
)
VKEY = note_key("log.example/log", ED25519, bytes(32)).vkey()


def _needed(words: str) -> list[str]:
    """The words of a command with something for each of its arguments and needed options."""
    command: click.Command = khatm.main
    for word in words.split():
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), word)
        assert found
        command = found
    needed = [each for each in command.params if each.required]
    return [*words.split(), *(part for each in needed for part in ((each.opts[0], "x") if isinstance(each, click.Option) else ("amal",)))]


#: Commands of inspections that look whose the lists are.
_PEOPLE = (
    *(f"inspections account {name}" for name in ("add", "close", "confirm", "invite", "list", "roles", "tie")),
    *(f"inspections device {name}" for name in ("code", "list", "lost", "resume", "suspend")),
    "inspections plan",
)

#: Each option that names what must be there, by command: the words to try it with; NOWHERE stands for what is missing.
CASES = {
    ("", "--governorate"): ["--governorate", "NOWHERE", "keys", "list"],
    ("backup verify", "file"): ["backup", "verify", "NOWHERE"],
    ("backup verify", "--identity"): ["backup", "verify", "FILE", "--identity", "NOWHERE"],
    ("backup verify", "--work"): ["backup", "verify", "FILE", "--work", "NOWHERE"],
    ("backup restore", "file"): ["backup", "restore", "NOWHERE", "--documents", "new"],
    ("backup restore", "--identity"): ["backup", "restore", "FILE", "--documents", "new", "--identity", "NOWHERE"],
    ("backup restore", "--work"): ["backup", "restore", "FILE", "--documents", "new", "--work", "NOWHERE"],
    ("audit release", "files"): ["audit", "release", "NOWHERE"],
    ("keys check", "--keys"): ["keys", "check", "worker", "--keys", "NOWHERE"],
    ("keys check", "--other"): ["keys", "check", "worker", "--keys", "KEYS", "--other", "NOWHERE"],
    ("keys part", "--keys"): ["keys", "part", "worker", "--to", "new", "--keys", "NOWHERE", "--passphrase-file", "FILE"],
    ("keys part", "--passphrase-file"): ["keys", "part", "worker", "--to", "new", "--keys", "KEYS", "--passphrase-file", "NOWHERE"],
    ("keys part", "--new-passphrase-file"): [
        *("keys", "part", "worker", "--to", "new", "--keys", "KEYS", "--passphrase-file", "FILE", "--new-passphrase-file", "NOWHERE"),
    ],
    ("governorate check", "folder"): ["governorate", "check", "NOWHERE"],
    ("issue", "FILE"): ["issue", "NOWHERE"],
    ("issue", "--keys"): ["issue", "FILE", "--keys", "NOWHERE"],
    ("issue", "--published"): ["issue", "FILE", "--published", "NOWHERE"],
    ("issue", "--passphrase-file"): ["issue", "FILE", "--passphrase-file", "NOWHERE"],
    ("issue", "--check"): ["issue", "--check", "NOWHERE"],
    ("publish", "--keys"): ["publish", "--keys", "NOWHERE"],
    ("publish", "--published"): ["publish", "--published", "NOWHERE"],
    ("publish", "--passphrase-file"): ["publish", "--passphrase-file", "NOWHERE"],
    ("office serve", "--root"): ["office", "serve", "--root", "NOWHERE"],
    ("office serve", "--receipts"): ["office", "serve", "--receipts", "NOWHERE"],
    ("office serve", "--provider"): ["office", "serve", "--provider", "NOWHERE"],
    ("office send", "--gateway"): ["office", "send", "--once", "--gateway", "NOWHERE"],
    ("office payments poll", "--provider"): ["office", "payments", "poll", "--provider", "NOWHERE"],
    ("office payments refunds run", "--provider"): ["office", "payments", "refunds", "run", "--provider", "NOWHERE"],
    ("office payments reconcile", "--provider"): ["office", "payments", "reconcile", "FILE", "--provider", "NOWHERE"],
    ("office payments reconcile", "FILE"): ["office", "payments", "reconcile", "NOWHERE", "--provider", "FILE"],
    ("keys log acts", "--keys"): ["keys", "log", "acts", "--keys", "NOWHERE"],
    ("keys approvals", "--keys"): ["keys", "approvals", "session", "--keys", "NOWHERE"],
    ("keys list", "--keys"): ["keys", "list", "--keys", "NOWHERE"],
    ("keys status void", "--keys"): ["keys", "status", "void", "--from", "1", "--keys", "NOWHERE"],
    ("keys status void", "--published"): ["keys", "status", "void", "--from", "1", "--keys", "KEYS", "--published", "NOWHERE"],
    ("keys pkcs11 check", "--keys"): ["keys", "pkcs11", "check", "--keys", "NOWHERE"],
    ("keys pkcs11 generate", "--keys"): ["keys", "pkcs11", "generate", "01", "--keys", "NOWHERE", "--pkcs11", "FILE", "--token", "x"],
    **{
        (f"keys {words}", "--keys"): ["keys", *words.split(), *more, "--keys", "NOWHERE"]
        for words, more in (("root create", []), ("root handover", []), ("root show", []))
    },
    **{
        (f"keys {words}", "file"): ["keys", *words.split(), "NOWHERE", "--keys", "KEYS"]
        for words in ("root cosign", "root install", "roster cosign")
    },
    **{
        (f"keys {words}", "--passphrase-file"): ["keys", *words.split(), "--keys", "KEYS", "--passphrase-file", "NOWHERE"]
        for words in ("root create", "root join")
    },
    ("keys root create", "--holder"): ["keys", "root", "create", "--keys", "KEYS", "--holder", "NOWHERE"],
    ("keys root handover", "--add"): ["keys", "root", "handover", "--keys", "KEYS", "--add", "NOWHERE"],
    ("keys roster show", "--keys"): ["keys", "roster", "show", "--keys", "NOWHERE"],
    ("keys roster sign", "--keys"): ["keys", "roster", "sign", "FILE", "--account", "a", "--account", "b", "--keys", "NOWHERE"],
    ("keys roster sign", "request"): ["keys", "roster", "sign", "NOWHERE", "--account", "a", "--account", "b", "--keys", "KEYS"],
    ("office approvals check", "--root"): ["office", "approvals", "check", "--root", "NOWHERE"],
    ("office approvals request", "--root"): ["office", "approvals", "request", "--origin", "https://office.example", "--root", "NOWHERE"],
    ("office serve", "--roster"): ["office", "serve", "--roster", "NOWHERE"],
    ("keys passphrase", "--keys"): ["keys", "passphrase", "--keys", "NOWHERE"],
    ("keys passphrase", "--passphrase-file"): ["keys", "passphrase", "--keys", "KEYS", "--passphrase-file", "NOWHERE"],
    ("keys passphrase", "--new-passphrase-file"): [
        *("keys", "passphrase", "--keys", "KEYS", "--passphrase-file", "FILE", "--new-passphrase-file", "NOWHERE"),
    ],
    **{
        (f"keys {role} {verb}", option): ["keys", role, verb, *more, *(where if option == "--keys" else ["--keys", "KEYS", *secret])]
        for role, verb, more in _ROLES
        for option, where, secret in (("--keys", ["--keys", "NOWHERE"], []), ("--passphrase-file", [], ["--passphrase-file", "NOWHERE"]))
        if option == "--keys" or (verb in ("add", "renew") and (f"keys {role} {verb}", option) not in _ASKED_LAST)
    },
    ("keys request", "--keys"): ["keys", "request", "--keys", "NOWHERE"],
    ("keys accept", "file"): ["keys", "accept", "NOWHERE", "--keys", "KEYS"],
    ("keys accept", "--keys"): ["keys", "accept", "FILE", "--keys", "NOWHERE"],
    ("keys root sign", "request"): ["keys", "root", "sign", "NOWHERE", "--keys", "KEYS"],
    ("keys root sign", "--keys"): ["keys", "root", "sign", "FILE", "--keys", "NOWHERE"],
    ("keys log add", "--keys"): ["keys", "log", "add", "--keys", "NOWHERE"],
    ("keys log add", "--passphrase-file"): ["keys", "log", "add", "--keys", "KEYS", "--passphrase-file", "NOWHERE"],
    ("keys log new", "--keys"): ["keys", "log", "new", "--yes", "--keys", "NOWHERE"],
    ("keys log list", "--keys"): ["keys", "log", "list", "--keys", "NOWHERE"],
    ("keys log retire", "--keys"): ["keys", "log", "retire", "--keys", "NOWHERE", "0badcafe"],
    ("keys log witnesses", "--keys"): ["keys", "log", "witnesses", "--keys", "NOWHERE"],
    ("keys trust-list sign", "--keys"): ["keys", "trust-list", "sign", "--keys", "NOWHERE"],
    ("keys init", "--root"): ["keys", "init", "--keys", "new", "--host", "a.example", "--root", "NOWHERE"],
    ("keys init", "--catalogue"): ["keys", "init", "--keys", "new", "--host", "a.example", "--catalogue", "NOWHERE"],
    ("keys init", "--passphrase-file"): ["keys", "init", "--keys", "new", "--host", "a.example", "--passphrase-file", "NOWHERE"],
    ("keys authority add", "--keys"): ["keys", "authority", "add", "MN1", "--keys", "NOWHERE", "--area", "FILE"],
    ("keys authority add", "--area"): ["keys", "authority", "add", "MN1", "--keys", "KEYS", "--area", "NOWHERE"],
    ("keys authority add", "--passphrase-file"): [
        *("keys", "authority", "add", "MN1", "--keys", "KEYS", "--area", "AREA", "--yes", "--passphrase-file", "NOWHERE"),
    ],
    ("keys authority change", "--keys"): ["keys", "authority", "change", "MN1", "--keys", "NOWHERE", "--name-en", "x"],
    ("keys authority change", "--area"): ["keys", "authority", "change", "MN1", "--keys", "KEYS", "--area", "NOWHERE"],
    ("keys authority change", "--passphrase-file"): [
        *("keys", "authority", "change", "MN1", "--keys", "KEYS", "--type", "shop", "--replace-keys", "--yes"),
        *("--passphrase-file", "NOWHERE"),
    ],
    ("keys update", "--keys"): ["keys", "update", "--keys", "NOWHERE"],
    ("keys update", "--catalogue"): ["keys", "update", "--keys", "KEYS", "--catalogue", "NOWHERE"],
    ("keys update", "--areas"): ["keys", "update", "--keys", "KEYS", "--areas", "NOWHERE"],
    ("keys update", "--passphrase-file"): [
        *("keys", "update", "--keys", "KEYS", "--catalogue", "SHORT", "--replace-keys", "--yes", "--passphrase-file", "NOWHERE"),
    ],
    ("fork settle", "--published"): ["fork", "settle", "--state", "FILE", "--published", "NOWHERE", "--root", "ROOT"],
    ("fork settle", "--root"): ["fork", "settle", "--state", "FILE", *LISTS, "--root", "NOWHERE"],
    ("fork show", "--state"): ["fork", "show", "--state", "NOWHERE"],
    ("fork settle", "--state"): ["fork", "settle", "--state", "NOWHERE", *LISTS, "--root", "ROOT"],
    ("verify", "ARGUMENTS"): ["verify", "--published", "PUBLISHED", "--root", "ROOT", "NOWHERE"],
    ("verify", "--published"): ["verify", "--published", "NOWHERE", "--root", "ROOT", "hello"],
    ("verify", "--root"): ["verify", "--published", "PUBLISHED", "--root", "NOWHERE", "hello"],
    ("scan", "--published"): ["scan", "--published", "NOWHERE", "--root", "ROOT", "--image", "x.png"],
    ("scan", "--root"): ["scan", "--published", "PUBLISHED", "--root", "NOWHERE", "--image", "x.png"],
    ("scan", "--image"): ["scan", "--published", "PUBLISHED", "--root", "ROOT", "--image", "NOWHERE"],
    ("scan", "more"): ["scan", "--published", "PUBLISHED", "--root", "ROOT", "--image", "FILE", "NOWHERE"],
    ("scan", "--video"): ["scan", "--published", "PUBLISHED", "--root", "ROOT", "--no-window", "--video", "NOWHERE"],
    ("token", "GIVEN"): ["token", "NOWHERE"],
    **{
        (f"inspections {name}", option): ["inspections", name, *more, option, "NOWHERE", *([] if option == "--published" else LISTS)]
        for name, more in (
            ("serve", []),
            ("retain", ["--apply"]),
            ("evaluate", []),
            ("deliver", ["--once"]),
            ("detect", []),
            ("import", ["FILE", "--by", "amal"]),
        )
        for option in ("--published", "--root")
    },
    **{
        (words, option): [*_needed(words), option, "NOWHERE", *([] if option == "--published" else LISTS)]
        for words in _PEOPLE
        for option in ("--published", "--root")
    },
    ("inspections serve", "--oidc"): ["inspections", "serve", *LISTS, "--root", "ROOT", "--oidc", "NOWHERE"],
    ("inspections serve", "--map"): ["inspections", "serve", *LISTS, "--root", "ROOT", "--map", "NOWHERE"],
    ("map check", "file"): ["map", "check", "NOWHERE"],
    ("map make", "--from"): ["map", "make", "--from", "NOWHERE", "--out", "new.pmtiles"],
    ("map index", "file"): ["map", "index", "NOWHERE"],
    ("office enforce", "--inspections"): ["office", "enforce", "--once", "--inspections", "NOWHERE"],
    ("office enforce", "--map"): ["office", "enforce", "--once", "--inspections", "FILE", "--map", "NOWHERE"],
    ("office paper", "--map"): ["office", "paper", "ALX-MN1-2026-0000001-3", "--out", "paper.pdf", "--map", "NOWHERE"],
    ("office serve", "--oidc"): ["office", "serve", "--oidc", "NOWHERE"],
    ("office serve", "--applicants"): ["office", "serve", "--applicants", "NOWHERE"],
    ("office applicants new-key", "file"): ["office", "applicants", "new-key", "NOWHERE"],
    ("office applicants rekey", "file"): ["office", "applicants", "rekey", "NOWHERE"],
    ("office applicants keys", "file"): ["office", "applicants", "keys", "NOWHERE"],
    ("office applicants check", "file"): ["office", "applicants", "check", "NOWHERE"],
    ("office applicants drop-key", "file"): ["office", "applicants", "drop-key", "NOWHERE", "kid"],
    ("office serve", "--map"): ["office", "serve", "--map", "NOWHERE"],
    ("office serve", "--apple-wallet"): ["office", "serve", "--apple-wallet", "NOWHERE"],
    ("office serve", "--google-wallet"): ["office", "serve", "--google-wallet", "NOWHERE"],
    ("office serve", "--inspections"): ["office", "serve", "--inspections", "NOWHERE"],
    ("witness init", "--passphrase-file"): ["witness", "init", "new", "--name", "w.example", "--passphrase-file", "NOWHERE"],
    ("witness follow", "folder"): ["witness", "follow", "NOWHERE", "--key", VKEY],
    ("witness follow", "--key-file"): ["witness", "follow", "x", "--key-file", "NOWHERE"],
    ("witness serve", "folder"): ["witness", "serve", "NOWHERE", "--passphrase-file", "FILE"],
    ("witness serve", "--passphrase-file"): ["witness", "serve", "x", "--passphrase-file", "NOWHERE"],
    ("witness status", "folder"): ["witness", "status", "NOWHERE"],
    ("inspections import", "file"): ["inspections", "import", "NOWHERE", "--by", "amal", *LISTS],
}


def _run(office: Office, words: list[str]) -> Result:
    of_rooms = office.options if words[0] in ("issue", "publish", "office") and "new-key" not in words else []
    given = {option for option in words if option.startswith("--")}
    pairs = [pair for pair in zip(of_rooms[::2], of_rooms[1::2], strict=True) if pair[0] not in given]
    return CliRunner().invoke(khatm.main, [*words, *(part for pair in pairs for part in pair)])


@pytest.mark.parametrize("case", CASES, ids=" ".join)
def test_what_is_missing_is_named_with_its_path(office: Office, case: tuple[str, str]) -> None:
    nowhere = str(office.folder / "nowhere" / "at-all")
    file = office.write("one.csv", [row()])
    if case[0].startswith("office payments"):
        with office.locations.engine(create=True):
            pass
    short = office.folder / "short.json"  # takes something away, so that a new key is needed
    short.write_text('{"types": {"shop": {"ar": "محل", "en": "Shop", "requires": [], "longest_days": 9}}, "activities": {}}', "utf-8")
    meant = {
        "NOWHERE": nowhere,
        "FILE": str(file),
        "KEYS": str(office.locations.keys),
        "PUBLISHED": str(office.locations.published),
        "ROOT": str(office.locations.keys / "root.jwk"),
        "AREA": str(DATA / "authorities.geojson"),
        "SHORT": str(short),
    }
    words = [meant.get(word, word) for word in CASES[case]]
    if words[0] == "inspections":
        street = ["--database", str(office.folder / "inspections.sqlite"), "--files", str(office.folder / "inspections")]
        assert _run(office, ["inspections", "init", *street]).exit_code == 0
        words += street
    result = _run(office, words)
    assert (result.exit_code, type(result.exception)) == (2, SystemExit), result.output
    assert nowhere in result.stderr
    assert any(said in result.stderr for said in ("لا يوجد", "لا توجد", "غير موجود")), result.stderr
    assert not Path(nowhere).exists()


def _paths(command: click.Command, name: str = "") -> Iterator[tuple[str, str]]:
    for sub, one in inner(command) if isinstance(command, click.Group) else ():
        yield from _paths(one, f"{name} {sub}".strip())
    yield from ((name, option.opts[0]) for option in command.params if isinstance(option.type, click.Path))


def test_every_option_that_takes_a_path_was_thought_of() -> None:
    known = {(command, option.lower() if option == "FILE" else option) for command, option in CASES}
    found = list(_paths(khatm.main))
    assert len(found) > 60
    for command, option in found:
        of_rooms = option in _ROOMS and (command.split()[0] in _OF_ROOMS or command in ("keys compromise", "keys authority compromise"))
        elsewhere = known | _MADE_BY | _LOOKED_AT | _BACKED_UP | _SET_UP | _ASKED_LAST | _IN_THEIR_ROOMS
        assert option in _MADE | _LOADED or of_rooms or (command, option) in elsewhere, f"khatm {command} {option}"
