"""`khatm follow --once` against a host: what is taken, what is asked for again, and what a host can do wrong or wants to."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import khatm
from seal import status
from tests.published.test_log import House
from tests.verifier.following.town import Answering, Served, Town, logs_leaf, office
from transparency.tiles import Tile
from verifier.following import fetching, record

LIST, TRUST, HEAD = "/status/1", "/.well-known/khatm/trust-list", "/log/checkpoint"


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


@pytest.fixture
def host(town: Town) -> Iterator[Served]:
    with office(town) as served:
        yield served


def files(folder: Path) -> dict[str, bytes]:
    """Everything that a reader of a publication can come by."""
    found = [Path(path) / each for path, _, names in os.walk(folder, followlinks=True) for each in names]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def answering(path: str, change: Answering) -> Answering:
    """Change the answers for one path."""
    return lambda asked, code, headers, body: change(asked, code, headers, body) if asked == path else (code, headers, body)


def with_body(path: str, made: bytes) -> Answering:
    headers = [("Content-Type", "text/html"), ("Content-Length", str(len(made)))]
    return answering(path, lambda *_: ("200 OK", headers, made))


def test_everything_a_verifier_lives_on_is_there_and_every_leaf_is_proven(town: Town, host: Served) -> None:
    town.publish(70_000)
    result = town.follow(host.url)
    assert result.exit_code == 0, result.output
    loaded = town.loaded()
    assert loaded.faults == {}
    assert loaded.log
    assert loaded.log.size == 70_300
    assert [loaded.log.leaf(at) for at in (0, 255, 256, 65_535, 65_536, 70_299)] == [
        town.house.leaves[at] for at in (0, 255, 256, 65_535, 65_536, 70_299)
    ]
    office_has = files(town.world.folder)
    assert {name: data for name, data in files(town.current).items() if office_has[name] != data} == {}
    full = {f"log/{Tile(0, index).path()}" for index in range(70_300 // 256)}
    assert full <= set(files(town.current)), "no seal needs the host any more"
    assert stat.S_IMODE((town.current / "status/1").stat().st_mode) == 0o644


def test_what_did_not_change_is_not_sent_again_and_nothing_is_put_in_place(town: Town, host: Served) -> None:
    for path in town.world.folder.rglob("*"):
        os.utime(path, (town.time - 3600, town.time - 3600))
    town.follow(host.url)
    first = town.current.readlink()
    host.asked.clear()
    assert town.follow(host.url).exit_code == 0
    assert dict(host.asked) == {"/.well-known/khatm/index": "200", TRUST: "304", LIST: "304", HEAD: "304"}
    assert town.current.readlink() == first
    town.publish(5)
    assert town.follow(host.url).exit_code == 0
    assert town.current.readlink() != first
    assert town.loaded().log.size == 305  # type: ignore[union-attr]


def test_a_log_without_seals_and_then_with_some(tmp_path: Path) -> None:
    town = Town(tmp_path, seals=0)
    with office(town) as host:
        for number in (0, 0, 1, 256, 1, 0):
            town.publish(number)
            result = town.follow(host.url)
            assert result.exit_code == 0, result.output
    assert town.loaded().log.size == 258  # type: ignore[union-attr]


def test_a_file_that_changed_just_now_is_asked_for_whole(town: Town, host: Served) -> None:
    """Its length and its second stay the same: a server that makes ETags of these, as nginx does, would say that nothing changed."""
    text = town.seal()
    town.publish()
    town.follow(host.url)
    held = record.read(town.to / "look.json").validators["status/1"]
    assert not any(held)
    town.revoke(text)
    town.follow(host.url)
    assert town.loaded().status.lists["https://khatm.example/status/1"].at(1) == status.INVALID


def test_packed_answers_are_taken(town: Town, host: Served) -> None:
    def packed(_: str, code: str, headers: list[tuple[str, str]], body: bytes) -> tuple[str, list[tuple[str, str]], bytes]:
        made = gzip.compress(body)
        kept = [each for each in headers if each[0] != "Content-Length"]
        return code, [*kept, ("Content-Encoding", "gzip"), ("Content-Length", str(len(made)))], made

    host.answering = packed
    assert town.follow(host.url).exit_code == 0
    assert town.loaded().faults == {}


def endless(*_: object) -> tuple[str, list[tuple[str, str]], bytes]:
    made = gzip.compress(bytes(64 << 20))
    return "200 OK", [("Content-Encoding", "gzip"), ("Content-Length", str(len(made)))], made


ERROR_PAGE = b"<!doctype html><title>Sign in to the hotel's network</title>"
WHOLE = {
    "a page of a captive portal for the index": (with_body("/.well-known/khatm/index", ERROR_PAGE), "follow_no_index"),
    "an index of another shape": (with_body("/.well-known/khatm/index", b'{"status": {"1": 1}, "roots": []}'), "follow_no_index"),
    "an index without end": (with_body("/.well-known/khatm/index", b"[" * 60_000), "follow_no_index"),
    "an index that is too large": (with_body("/.well-known/khatm/index", b" " * 70_000), "follow_too_large"),
    "an error": (answering(LIST, lambda *_: ("503 Busy", [("Retry-After", "7"), ("Content-Length", "0")], b"")), "follow_refused"),
    "another host": (
        answering(LIST, lambda *_: ("302 Found", [("Location", "http://evil.example/"), ("Content-Length", "0")], b"")),
        "follow_elsewhere",
    ),
    "half an answer": (answering(LIST, lambda _, code, headers, body: (code, headers, body[: len(body) // 2])), "follow_cut_off"),
    "octets without end": (answering(LIST, endless), "follow_too_large"),
    "not modified, unasked": (answering(LIST, lambda *_: ("304 Not Modified", [], b"")), "follow_elsewhere"),
    "no trust list": (answering(TRUST, lambda *_: ("404 Not Found", [("Content-Length", "0")], b"")), "follow_missing"),
}


@pytest.mark.parametrize("case", WHOLE)
def test_an_answer_that_is_none_costs_the_look_and_nothing_that_is_in_place(town: Town, host: Served, case: str) -> None:
    town.follow(host.url)
    before = files(town.current)
    town.publish(5)
    change, code = WHOLE[case]
    host.answering = change
    (town.to / "look.json").unlink()  # nothing is known of the host's validators
    result = town.follow(host.url)
    assert result.exit_code == 3
    assert code in result.output
    assert files(town.current) == before
    assert (record.read(town.to / "look.json").code, record.read(town.to / "look.json").failures) == (code, 1)
    host.answering = None
    assert town.follow(host.url).exit_code == 0
    assert town.loaded().log.size == 305  # type: ignore[union-attr]
    assert record.read(town.to / "look.json").failures == 0


REFUSED = {
    "a page in place of a list": (LIST, ERROR_PAGE, "status_list_corrupt"),
    "a page in place of the trust list": (TRUST, ERROR_PAGE, "trust_list_corrupt"),
    "a page in place of the head": (HEAD, ERROR_PAGE, "log_corrupt"),
    "a page in place of a tile": ("/log/tile/0/001", ERROR_PAGE, "log_tiles_wrong"),
    "a tile of zeros": ("/log/tile/0/001", bytes(8192), "log_tiles_wrong"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_hold_is_refused_and_the_rest_is_taken(town: Town, host: Served, case: str) -> None:
    town.follow(host.url)
    before = files(town.current)
    town.seal()
    town.publish(300)
    path, body, code = REFUSED[case]
    host.answering = with_body(path, body)
    result = town.follow(host.url)
    assert result.exit_code == 1
    assert code in result.output
    after, loaded = files(town.current), town.loaded()
    assert loaded.faults == {}, "what a verifier finds is whole"
    assert loaded.log
    name = path.rpartition("khatm/")[2].lstrip("/")
    kept = "log/checkpoint" if name.startswith("log/") else name
    assert after[kept] == before[kept]
    changed = {each for each in ("status/1", "log/checkpoint", "trust-list") if after[each] != before[each]}
    assert changed == {"status/1", "log/checkpoint", "trust-list"} - {kept}
    host.answering = None
    assert town.follow(host.url).exit_code == 0
    assert town.loaded().log.size == 601  # type: ignore[union-attr]


def test_nothing_of_the_past_comes_back(town: Town, host: Served, tmp_path: Path) -> None:
    text = town.seal()
    town.publish()
    shutil.copytree(town.world.folder, tmp_path / "yesterday")
    town.revoke(text)
    town.publish(40)
    town.follow(host.url)
    before = files(town.current)
    shutil.rmtree(town.world.folder)
    shutil.copytree(tmp_path / "yesterday", town.world.folder)
    result = town.follow(host.url)
    assert result.exit_code == 1
    for code in ("trust_list_older", "status_list_older", "log_older"):
        assert code in result.output
    assert files(town.current) == before


def test_a_list_that_the_host_hides_stays(town: Town, host: Served) -> None:
    town.follow(host.url)
    host.answering = with_body("/.well-known/khatm/index", b'{"status": [], "roots": []}')
    result = town.follow(host.url)
    assert (result.exit_code, "status_list_missing" in result.output) == (1, True)
    assert (town.current / "status/1").exists()


def test_another_governorate_s_host_is_none(town: Town, tmp_path: Path) -> None:
    other = Town(tmp_path / "other")
    with office(other) as served:
        result = town.follow(served.url)
        assert (result.exit_code, "trust_list_wrong_root" in result.output) == (3, True)
        assert not town.current.exists()
        with office(town) as ours:
            town.follow(ours.url)
        before = files(town.current)
        result = town.follow(served.url)
        assert "trust_list_wrong_root" in result.output
        assert result.exit_code == 1
        after = files(town.current)  # heads are of the log's keys, which the two have in common here
        assert {name: after[name] for name in ("trust-list", "status/1")} == {name: before[name] for name in ("trust-list", "status/1")}


def test_a_log_in_two_forms_is_refused_and_proven(town: Town, host: Served) -> None:
    town.follow(host.url)
    before = files(town.current)
    shutil.rmtree(town.world.folder / "log")
    forked = House(town.world.folder, 400, salt=b"forked")
    forked.sign(town.time + 1)
    result = town.follow(host.url)
    assert (result.exit_code, "log_forked" in result.output) == (1, True)
    assert files(town.current) == before
    kept = [path for path in town.to.iterdir() if ".fork-" in path.name]
    assert json.loads(kept[0].read_text())["fault"] == "log_forked"
    shutil.rmtree(town.world.folder / "log")
    town.house.folder.joinpath("log").mkdir()
    town.house = House(town.world.folder, 300)
    town.house.grow(logs_leaf(9, each) for each in range(300))
    town.house.sign(town.time + 2)
    town.follow(host.url)
    assert town.loaded().log.size == 600, "no tile of the other form is left in its way"  # type: ignore[union-attr]


def test_a_list_in_two_forms_is_refused_and_both_are_kept(town: Town, host: Served) -> None:
    town.seal()
    town.publish()
    town.follow(host.url)
    before = files(town.current)
    town.world.statuses[1] = status.INVALID
    town.world.publish_status(again=True)
    result = town.follow(host.url)
    assert (result.exit_code, "status_list_forked" in result.output) == (1, True)
    assert files(town.current) == before
    assert [path for path in town.to.iterdir() if ".fork-" in path.name]


def test_what_is_dated_ahead_of_the_clock_waits(town: Town, host: Served) -> None:
    town.follow(host.url)
    before = files(town.current)
    town.world.trust = town.world.trust._replace(sequence=town.world.trust.sequence + 1)
    town.world.publish_status(iat=town.time + 7200)
    result = town.follow(host.url)
    assert (result.exit_code, "status_list_ahead" in result.output) == (1, True)
    assert files(town.current)["status/1"] == before["status/1"]


def test_a_key_that_ended_is_learnt_of_though_no_list_of_the_new_one_is_there_yet(town: Town, host: Served) -> None:
    """Else whoever stole the key would keep every follower with the old trust list by publishing nothing."""
    town.follow(host.url)
    key = town.world.trust.keys[b"\x63"]
    keys = {**town.world.trust.keys, b"\x63": key._replace(state="compromised")}
    town.world.trust = town.world.trust._replace(sequence=town.world.trust.sequence + 1, keys=keys)
    town.world.publish()
    result = town.follow(host.url)
    assert (result.exit_code, "status_list_wrong_key" in result.output) == (1, True)
    loaded = town.loaded()
    assert loaded.trust.sequence == town.world.trust.sequence
    assert not loaded.status.lists


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://khatm.example",
            "ftp://khatm.example",
            "https://",
            "khatm.example",
            "https://khatm.example/status",
            "https://a@khatm.example",
        ),
        *("https://khatm.example?x", "https://khatm.example#x", "https://khatm.example:0", "http://127.0.0.1.evil.example", "https://[::1"),
    ],
)
def test_only_hosts_with_tls_are_followed(town: Town, url: str) -> None:
    result = town.follow(url)
    assert (result.exit_code, "follow_url_invalid" in result.output) == (2, True)


def test_a_host_that_drips_is_given_up(town: Town, host: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every octet comes in time for the next, and the file never ends: on the first connection, and on one that was kept."""
    import socket
    import threading
    import time

    drip = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = drip.accept()
            except OSError:
                return
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 27\r\n\r\n" + b'{"status":["1"],"roots":[]}')
            connection.recv(4096)
            try:
                for each in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000:
                    connection.sendall(bytes([each]))
                    time.sleep(0.05)
            except OSError:
                connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    monkeypatch.setattr(fetching.Host.__init__, "__kwdefaults__", {**(fetching.Host.__init__.__kwdefaults__ or {}), "file_seconds": 1.0})
    result = town.follow(f"http://127.0.0.1:{drip.getsockname()[1]}")
    drip.close()
    assert (result.exit_code, "follow_too_slow" in result.output) == (3, True)


def test_nobody_there_and_a_folder_that_cannot_be_written(town: Town) -> None:
    result = town.follow("http://127.0.0.1:9")
    assert (result.exit_code, "follow_unreachable" in result.output) == (3, True)
    (town.to.parent / "file").write_text("")
    words = ["follow", "http://127.0.0.1:9", "--to", str(town.to.parent / "file/x"), "--root", str(town.world.root_file), "--once"]
    result = CliRunner().invoke(khatm.main, words)
    assert (result.exit_code, "follow_disk" in result.output) == (2, True)


def test_a_full_disk_costs_the_look(town: Town, host: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    town.follow(host.url)
    before = files(town.current)
    town.publish(300)
    real = os.fsync

    def full(descriptor: int) -> None:
        if "generations" in str(Path(f"/proc/self/fd/{descriptor}").readlink()):
            raise OSError(28, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    result = town.follow(host.url)
    assert (result.exit_code, "follow_disk_full" in result.output) == (3, True)
    monkeypatch.undo()
    assert files(town.current) == before
    assert [path.name for path in (town.to / "generations").iterdir()] == ["1"], "nothing half-written is left"
    assert town.follow(host.url).exit_code == 0


def test_one_process_a_folder(town: Town, host: Served) -> None:
    from verifier.following.generations import Generations

    with Generations(town.to).alone():
        result = town.follow(host.url)
    assert (result.exit_code, "follow_busy" in result.output) == (2, True)


def test_a_missing_root_is_named(town: Town, host: Served) -> None:
    town.world.root_file.unlink()
    result = town.follow(host.url)
    assert (result.exit_code, "root_missing" in result.output) == (2, True)
