"""`khatm setup` from an empty folder to a house that seals, publishes and verifies; ended anywhere, it goes on."""

import re
import shutil
import sqlite3
import stat
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

import khatm
import published
from accounts import administration
from deploy import answers, steps
from deploy.errors import SENTENCES, SetupError
from keys import parts
from objects import naming
from objects.folder import Folder
from office.applicants import keyring
from office.database import DATABASE
from storage.database import open_database
from tests.conftest import ROOT
from tests.verifier.following.town import serving
from verifier.app import create_app
from verifier.following import record
from verifier.settings import Settings

PASSPHRASE = "blue heron walks slowly 77"
COMMAND = [sys.executable, "-c", f"import sys; sys.path.append({str(ROOT)!r}); from tests import cheap; cheap.khatm()"]
HOST, OFFICE = "khatm.gov.example", "office.gov.example"


def words(folder: Path, *more: str) -> list[str]:
    """The command with an answer to everything, beneath `folder`."""
    secret = folder / "passphrase"
    secret.parent.mkdir(parents=True, exist_ok=True)
    secret.write_text(f"{PASSPHRASE}\n")
    said = ["--host", HOST, "--office-host", OFFICE, "--keys", f"{folder}/keys", "--passphrase-file", str(secret)]
    people = ["--administrator", "mona=Mona Saad", "--administrator", "karim=كريم حسن"]
    return ["setup", *said, *people, "--beneath", str(folder), "--one-user", "--no-start", *more]


def run(*said: str, code: int = 0) -> Result:
    """Run a command in this process."""
    result = CliRunner().invoke(khatm.main, list(said))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    assert result.exit_code == code, result.output
    return result


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A house that was set up, and what the command said."""
    folder = tmp_path_factory.mktemp("house")
    site = folder / "etc/nginx/sites-available/khatm"
    site.parent.mkdir(parents=True)
    shutil.copy(ROOT / "deploy/nginx/khatm.conf", site)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps, "_PROGRAM", COMMAND)
        return folder, run(*words(folder)).output


def test_each_program_has_its_keys_and_they_open_under_its_own_passphrase(house: tuple[Path, str]) -> None:
    folder, _ = house
    etc = folder / "etc/khatm"
    secrets = {program: (etc / "passphrases" / program).read_text() for program in parts.PROGRAMS}
    assert len(set(secrets.values())) == len(parts.PROGRAMS)
    assert PASSPHRASE not in "".join(secrets.values())
    for program in parts.PROGRAMS:
        assert not list(parts.check(program, etc / "keys" / program, [])), program
        assert stat.S_IMODE((etc / "passphrases" / program).stat().st_mode) == 0o600
    assert keyring.load(etc / "keys/web/applicants.keys").current
    assert stat.S_IMODE((etc / "keys/web/applicants.keys").stat().st_mode) == 0o600


def test_the_lists_hold_by_the_root_that_readers_of_the_machine_have(house: tuple[Path, str]) -> None:
    folder, said = house
    root = published.read_root(folder / "etc/khatm/root.cose")
    trust = published.trust_list(folder / "var/lib/khatm/published", root=root)
    assert HOST in trust.hosts
    assert len([key for key in trust.keys.values() if "license" in key.roles]) == 10
    code = re.search(r"announce it by: ([0-9A-F ]{24,})", said)
    assert code


def test_two_administrators_are_invited_in_both_houses(house: tuple[Path, str]) -> None:
    folder, said = house
    assert len(re.findall(rf"https://{OFFICE}/centre/welcome/\S{{40,}}", said)) == 2
    assert len(re.findall(rf"https://{HOST}/inspections/welcome/\S{{40,}}", said)) == 2
    engine = open_database(DATABASE, str(folder / "var/lib/khatm/register/register.sqlite"))
    with engine.connect() as connection:
        assert administration.directory.find(connection, "karim").display == "كريم حسن"
    engine.dispose()


def test_settings_and_site_say_the_hosts(house: tuple[Path, str]) -> None:
    folder, _ = house
    conf = (folder / "etc/khatm/khatm.conf").read_text("utf-8")
    assert f"OFFICE_OPTIONS=--host {OFFICE} --origin https://{OFFICE}\n" in conf
    assert f"REGISTER={folder}/var/lib/khatm/register/register.sqlite\n" in conf
    site = (folder / "etc/nginx/sites-available/khatm").read_text("utf-8")
    assert f"server_name {HOST};" in site
    assert ".example;" not in site.replace(".gov.example", "")


def test_once_more_nothing_is_made_anew(house: tuple[Path, str]) -> None:
    folder, _ = house
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and "register.sqlite" not in path.name}
    again = run(*words(folder)).output
    assert again.count("there already") == len(steps.STEPS) - 1  # settings are written each time, the same
    assert {path: path.read_bytes() for path in before} == before


def test_a_run_that_was_ended_goes_on(house: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ended after the programs got their keys, before the register was made: the second run makes what is missing, and no key anew."""
    folder, _ = house
    shutil.copytree(folder, tmp_path / "copy")
    copy = tmp_path / "copy"
    shutil.rmtree(copy / "var/lib/khatm/register")
    shutil.rmtree(copy / "etc/khatm/passphrases")
    kept = (copy / "keys/policy.json").read_bytes()
    applicants = (copy / "etc/khatm/keys/web/applicants.keys").read_bytes()
    monkeypatch.setattr(steps, "_PROGRAM", COMMAND)
    said = run(*words(copy)).output
    assert "1/9 keys: there already" in said
    assert said.count("/centre/welcome/") == 2
    assert (copy / "keys/policy.json").read_bytes() == kept
    assert (copy / "etc/khatm/keys/web/applicants.keys").read_bytes() == applicants, "what it opened is still read"
    assert not list(parts.check("worker", copy / "etc/khatm/keys/worker", []))


@pytest.mark.parametrize(
    ("option", "value", "code"),
    [
        ("--host", "https://khatm.example/", "host_invalid"),
        ("--host", "localhost", "host_invalid"),
        ("--office-host", "a b.example", "host_invalid"),
        ("--register", "register.sqlite", "database_invalid"),
        ("--register", "/srv/it's here.sqlite", "database_invalid"),
        ("--register", "postgresql://khatm:secret@db/khatm", "password_in_url"),
        ("--inspections", "mysql://db", "database_invalid"),
        ("--administrator", "M=x", "person_invalid"),
        ("--administrator", "mona=Mona again", "two_people"),
    ],
)
def test_answers_that_will_not_do(tmp_path: Path, option: str, value: str, code: str) -> None:
    result = run(*words(tmp_path, option, value), code=2)
    assert code in result.output
    assert "secret@" not in result.output
    assert not (tmp_path / "keys").exists(), "nothing was made"


def test_one_person_is_too_few() -> None:
    with pytest.raises(SetupError) as refused:
        answers.people(("mona=Mona",))
    assert refused.value.code == "two_people"


def test_a_weak_passphrase_makes_no_keys(tmp_path: Path) -> None:
    said = words(tmp_path)
    (tmp_path / "passphrase").write_text("aaaaaaaaaaaa\n")
    assert "passphrase_weak" in run(*said, code=2).output
    assert not (tmp_path / "keys").exists()


def test_a_missing_answer_is_asked_for_by_name_where_nobody_types(tmp_path: Path) -> None:
    said = [word for word in words(tmp_path) if word not in ("--office-host", OFFICE)]
    assert "Missing option '--office-host'" in run(*said, code=2).output


def test_without_the_package_it_says_so(tmp_path: Path) -> None:
    said = [word for word in words(tmp_path) if word != "--one-user"]
    result = run(*said, code=2)
    assert "package_missing" in result.output or "root_needed" in result.output


def test_a_machine_that_only_verifies_follows_another_one(house: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, said = house
    root = folder / "etc/khatm/root.cose"
    code = re.findall(r"announce it by: ([0-9A-F ]{24})", said)[0]
    site = tmp_path / "etc/nginx/sites-available/khatm-verifier"
    site.parent.mkdir(parents=True)
    shutil.copy(ROOT / "deploy/nginx/khatm-verifier.conf", site)
    monkeypatch.setattr(steps, "_PROGRAM", COMMAND)
    settings = Settings(published=folder / "var/lib/khatm/published", root=root)
    with serving(create_app(settings)) as host:
        options = ["--follow", host.url, "--pinned", str(root), "--host", HOST, "--beneath", str(tmp_path), "--one-user", "--no-start"]
        wrong = run("setup", *options, "--root-code", "0000 " * 5, code=2)
        assert "code_differs" in wrong.output
        assert not (tmp_path / "etc/khatm/root.cose").exists()
        told = run("setup", *options, "--root-code", code.lower())
        assert "4/4 nginx" in told.output
        again = run("setup", *options, "--root-code", code)
    assert again.output.count("there already") == 2
    conf = (tmp_path / "etc/khatm/khatm.conf").read_text()
    assert f"KHATM_PUBLISHED={tmp_path}/var/lib/khatm/followed/current\n" in conf
    assert f"server_name {HOST};" in site.read_text()
    assert not (tmp_path / "etc/khatm/keys").exists()
    looks = ["--followed", f"{tmp_path}/var/lib/khatm/followed", "--root", str(root)]
    told = CliRunner().invoke(khatm.main, ["doctor", *looks])
    assert "follower_fine" in told.output
    assert "NOW" not in told.output
    look = tmp_path / "var/lib/khatm/followed/look.json"
    record.write(look, record.read(look)._replace(next_at=1))
    told = CliRunner().invoke(khatm.main, ["doctor", *looks])
    assert (told.exit_code, "follower_stopped" in told.output) == (3, True)
    record.write(look, record.read(look)._replace(next_at=1 << 40, faults={"log/checkpoint": "log_forked"}))
    told = CliRunner().invoke(khatm.main, ["doctor", *looks, "--metrics"])
    assert 'khatm_finding{code="log_forked",subject="follower"} 3.0' in told.output
    look.unlink()
    assert "follower_never" in CliRunner().invoke(khatm.main, ["doctor", *looks]).output


def part(folder: Path, keys: Path, *, code: int = 0) -> str:
    options = [
        "--part",
        "--keys",
        str(keys),
        "--passphrase-file",
        f"{folder}/passphrase",
        "--beneath",
        str(folder),
        "--one-user",
        "--no-start",
    ]
    return run("setup", *options, code=code).output


def test_after_a_ceremony_each_program_gets_its_keys_anew_by_one_command(house: tuple[Path, str], tmp_path: Path) -> None:
    shutil.copytree(house[0], tmp_path / "copy")
    folder = tmp_path / "copy"
    keys, worker = folder / "keys", folder / "etc/khatm/keys/worker"
    shutil.move(keys, tmp_path / "stick")
    stick, secret = tmp_path / "stick", f"{folder}/passphrase"
    applicants = (folder / "etc/khatm/keys/web/applicants.keys").read_bytes()
    before = {path.name for path in worker.glob("*.pem")}
    lists = ["--keys", str(stick), "--published", f"{folder}/var/lib/khatm/published"]
    run("keys", "authority", "renew", "MN1", "--keys", str(stick), "--passphrase-file", secret)
    done = CliRunner().invoke(khatm.main, ["keys", "trust-list", "sign", *lists, "--passphrase-file", secret], input="y\n" * 9)
    assert done.exit_code == 0, done.output
    told = part(folder, stick)
    made = {path.name for path in worker.glob("*.pem")} - before
    assert len(made) == 1 and "1/3 keys of the programs" in told
    for program in parts.PROGRAMS:
        assert not list(parts.check(program, folder / "etc/khatm/keys" / program, [])), program
    assert (folder / "etc/khatm/keys/web/applicants.keys").read_bytes() == applicants, "what it opened is still read"


def test_a_key_that_was_taken_out_again_does_not_keep_a_program_from_starting(house: tuple[Path, str], tmp_path: Path) -> None:
    shutil.copytree(house[0], tmp_path / "copy")
    folder = tmp_path / "copy"
    secret, worker = f"{folder}/passphrase", folder / "etc/khatm/keys/worker"
    run("keys", "authority", "add", "MN1", "--keys", f"{folder}/keys", "--passphrase-file", secret, "--yes")
    part(folder, folder / "keys")
    (kid,) = {path.stem for path in worker.glob("*.pem")} - {path.stem for path in (house[0] / "etc/khatm/keys/worker").glob("*.pem")}
    run("keys", "authority", "retire", kid, "--keys", f"{folder}/keys")
    assert f"{kid}.pem: no key of the key store's any more, removed" in part(folder, folder / "keys")
    assert not list(parts.check("worker", worker, []))


def test_another_house_s_key_store_and_none_are_refused(house: tuple[Path, str], tmp_path: Path) -> None:
    shutil.copytree(house[0], tmp_path / "copy")
    folder = tmp_path / "copy"
    kept = {path: path.read_bytes() for path in (folder / "etc").rglob("*") if path.is_file()}
    run("keys", "init", "--keys", str(tmp_path / "other"), "--host", HOST, "--passphrase-file", f"{folder}/passphrase")
    assert "keys_other" in part(folder, tmp_path / "other", code=2)
    assert "keys_missing" in part(folder, tmp_path / "nothing", code=2)
    (tmp_path / "bare").mkdir()
    shutil.copy(f"{folder}/passphrase", tmp_path / "bare")
    assert "not_set_up" in part(tmp_path / "bare", folder / "keys", code=2)
    (folder / "passphrase").write_text("another heron walks slowly 78\n")
    assert "passphrase_wrong" in part(folder, folder / "keys", code=2)
    assert {path: path.read_bytes() for path in kept} == kept


def test_a_new_machine_s_desk_makes_no_new_key_of_who_applies(house: tuple[Path, str], tmp_path: Path) -> None:
    """What is restored there was written with the old one."""
    shutil.copytree(house[0], tmp_path / "copy")
    folder = tmp_path / "copy"
    shutil.rmtree(folder / "etc/khatm/keys")
    (folder / "etc/khatm/root.cose").unlink()
    told = part(folder, folder / "keys")
    assert "applicants.keys is missing" in told and not (folder / "etc/khatm/keys/web/applicants.keys").exists()
    assert (folder / "etc/khatm/root.cose").exists()


def moved(folder: Path, *, code: int = 0) -> str:
    return run("setup", "--moved", "--beneath", str(folder), "--one-user", "--no-start", code=code).output


@pytest.fixture
def brought(house: tuple[Path, str], tmp_path: Path) -> Path:
    """The house on another machine: its settings name the databases there."""
    folder = tmp_path / "copy"
    shutil.copytree(house[0], folder)
    conf = folder / "etc/khatm/khatm.conf"
    conf.write_text(conf.read_text().replace(str(house[0]), str(folder)))
    return folder


def lacking(what: str) -> str:
    return f"moved_missing: {SENTENCES.say('moved_missing', 'en')} / {SENTENCES.say('moved_missing', 'ar')} ({what}"


def test_a_house_that_was_brought_here_runs_here_and_half_of_one_does_not(brought: Path) -> None:
    told = moved(brought)
    assert all(f"{program}: {brought}/etc/khatm/keys/{program}" in told for program in parts.PROGRAMS) and "missing" not in told
    (brought / "etc/khatm/keys/web/applicants.keys").unlink()
    assert "applicants.keys is missing" in moved(brought)
    wanted = ("etc/khatm/passphrases/worker", "etc/khatm/khatm.conf", "var/lib/khatm/published/trust-list")
    for lost in (*wanted, "var/lib/khatm/inspections/files/server-key.pem"):
        kept = (brought / lost).read_bytes()
        (brought / lost).unlink()
        assert lacking(f"{brought}/{lost})") in moved(brought, code=2)
        (brought / lost).write_bytes(kept)
    (brought / "etc/khatm/root.cose").unlink()
    assert "not_set_up" in moved(brought, code=2)


@pytest.mark.parametrize(("kind", "lost"), [("REGISTER", "register"), ("INSPECTIONS", "inspections")])
def test_a_house_without_its_database_is_not_started_and_no_empty_one_is_made(brought: Path, kind: str, lost: str) -> None:
    """Its units would make one, whose receipts count from 1."""
    database = brought / f"var/lib/khatm/{lost}/{lost}.sqlite"
    for path in database.parent.glob(f"{lost}.sqlite*"):
        path.unlink()
    assert lacking(f"{kind}={database}") in moved(brought, code=2)
    assert not database.exists()
    database.touch()
    assert lacking(f"{kind}={database}") in moved(brought, code=2), "an empty file is none"
    conf = brought / "etc/khatm/khatm.conf"
    conf.write_text(re.sub(rf"(?m)^{kind}=.*$", f"{kind}=", conf.read_text()))
    assert lacking(f"{conf}: {kind}") in moved(brought, code=2)


def test_a_register_that_units_made_by_themselves_is_none(brought: Path) -> None:
    database = brought / "var/lib/khatm/register/register.sqlite"
    for path in database.parent.glob("register.sqlite*"):
        path.unlink()
    open_database(DATABASE, str(database)).dispose()
    assert lacking("REGISTER: no account") in moved(brought, code=2)


def test_a_register_of_another_version_is_said_to_be_one(brought: Path) -> None:
    database = brought / "var/lib/khatm/register/register.sqlite"
    with closing(sqlite3.connect(database)) as raw, raw:
        raw.execute("UPDATE alembic_version_office SET version_num = 'office_0001'")
    assert "database_newer" in moved(brought, code=2), "a revision that this program does not know"


def test_a_database_that_can_only_be_read_is_not_started_on(brought: Path, postgres_database: str) -> None:
    """So is a standby that nobody promoted."""
    open_database(DATABASE, postgres_database).dispose()
    url, conf = postgres_database.replace("+psycopg", ""), brought / "etc/khatm/khatm.conf"
    conf.write_text(re.sub(r"(?m)^REGISTER=.*$", lambda _: f"REGISTER={url}", conf.read_text()))
    assert lacking("REGISTER: no account") in moved(brought, code=2)
    with psycopg.connect(url, autocommit=True) as administrator:
        administrator.execute(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$"
        )
    try:
        assert "moved_read_only" in moved(brought, code=2)
    finally:
        with psycopg.connect(url, autocommit=True) as administrator:
            administrator.execute("SET default_transaction_read_only = off")
            administrator.execute("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET ALL', current_database()); END $$")


def test_documents_that_the_register_names_have_come_too(brought: Path, tmp_path: Path) -> None:
    folder = brought / "var/lib/khatm/documents"
    digest = Folder(tmp_path / "kept", naming.DOCUMENTS, most=1_000).put(b"a contract")
    named = {"application_id": 1, "code": "contract", "digest": digest, "media": "application/pdf", "size": 10, "filename": "c.pdf"}
    with closing(sqlite3.connect(brought / "var/lib/khatm/register/register.sqlite")) as raw, raw:
        columns = {**named, "at": 1, "by": "x"}
        raw.execute(
            f"INSERT INTO attachment ({', '.join(map(repr, columns))}) VALUES ({', '.join('?' * len(columns))})", [*columns.values()]
        )
    assert lacking(f"{folder}: none of the 1 newest") in moved(brought, code=2)
    conf = brought / "etc/khatm/khatm.conf"
    conf.write_text(re.sub(r"(?m)^(OFFICE_OPTIONS=.*)$", rf"\1 --documents {tmp_path}/kept", conf.read_text()))
    moved(brought)
    shutil.rmtree(tmp_path / "kept")
    assert lacking(f"{tmp_path}/kept)") in moved(brought, code=2)


def test_what_was_copied_with_open_rights_is_for_nobody_else_s_eyes(brought: Path, tmp_path: Path) -> None:
    etc = brought / "etc/khatm"
    for path in (etc, *etc.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o666)
    (outside := tmp_path / "outside").write_text("another's")
    outside.chmod(0o644)
    (etc / "passphrases/linked").symlink_to(outside)
    (etc / "keys/web/linked").symlink_to(tmp_path)
    (brought / "var/lib/khatm/register").chmod(0o777)
    moved(brought)
    for path in (etc / "passphrases", *(etc / "keys" / program for program in parts.PROGRAMS)):
        found = {(each.is_dir(), stat.S_IMODE(each.stat().st_mode)) for each in (path, *path.rglob("*")) if not each.is_symlink()}
        assert found <= {(True, 0o700), (False, 0o600)}, path
    assert stat.S_IMODE((etc / "keys").stat().st_mode) == 0o755
    assert stat.S_IMODE((brought / "var/lib/khatm/register").stat().st_mode) == 0o2770
    assert stat.S_IMODE(outside.stat().st_mode) == 0o644


def test_another_house_s_published_files_are_not_gone_by(house: tuple[Path, str], brought: Path, tmp_path: Path) -> None:
    run("keys", "init", "--keys", str(tmp_path / "other"), "--host", HOST, "--passphrase-file", f"{house[0]}/passphrase")
    shutil.copy(tmp_path / "other/root.cose", brought / "etc/khatm/root.cose")
    assert "refused" in moved(brought, code=2)
