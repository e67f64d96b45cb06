"""The published files on hosts that run nothing of ours: nginx as Debian has it, read by `khatm follow` and by pages of other origins."""

import http.client
import http.server
import json
import re
import shlex
import shutil
import socket
import subprocess
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Page

import khatm
import published
from published import addresses, hosting
from tests import processes
from tests.conftest import ROOT, unavailable
from tests.nodejs import NodeUnavailable
from tests.ports import free_port
from tests.twin import asking
from tests.twin.asking import APP
from tests.verifier.following.town import Town, office

NAMES = (
    *("index", "trust-list", "roots/1", "roots/trust-list", "status/1", f"proofs/{'0a' * 32}", "log/checkpoint", "acts/checkpoint"),
    *(
        "log/tile/0/000",
        "log/tile/0/x001/234.p/7",
        "acts/tile/entries/000.p/3",
        "log/pack/GOV/index",
        "log/pack/GOV/0",
        "log/pack/GOV/1.p/17",
    ),
)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    made = Town(tmp_path, seals=700)
    published.write(made.world.folder, {name: name.encode() for name in NAMES if name.startswith(("roots", "proofs", "acts", "log/pack"))})
    return made


def exported(town: Town) -> Path:
    to = town.folder / "static"
    result = CliRunner().invoke(khatm.main, ["export", str(to), "--published", str(town.world.folder)])
    assert result.exit_code == 0, result.output
    return to


@contextmanager
def nginx(folder: Path) -> Iterator[int]:
    """An nginx that serves `folder` by the locations that we write for it; gives its port."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if program is None:
        unavailable("no nginx: run .ci/system-packages test")
    port, here = free_port(), folder.parent / "nginx"
    here.mkdir()
    locations = CliRunner().invoke(khatm.main, ["export", str(folder), "--nginx"]).output
    (here / "locations.conf").write_text(locations)
    temporary = "".join(f"{each}_temp_path {here}/{each};" for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (here / "nginx.conf").write_text(
        f"user root;daemon off;master_process off;pid {here}/pid;error_log {here}/error.log;events {{}}"
        f"http {{ access_log off; {temporary} types {{ text/html html; }}"
        f" server {{ listen 127.0.0.1:{port}; root /nowhere; include {here}/locations.conf; }} }}"
    )
    running = processes.start([program, "-c", here / "nginx.conf", "-p", here])
    try:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                threading.Event().wait(0.1)
        yield port
    finally:
        running.terminate()
        running.wait(processes.PATIENCE_SECONDS)


def ask(port: int, path: str, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=processes.PATIENCE_SECONDS)
    connection.request(method, path, headers={**headers, "Connection": "close"})
    return connection.getresponse()


def test_nginx_serves_each_file_as_our_own_verifier_does(town: Town) -> None:
    to = exported(town)
    for name in NAMES:
        if not (to / addresses.path_of(name)[1:]).exists():
            (to / addresses.path_of(name)[1:]).parent.mkdir(parents=True, exist_ok=True)
            (to / addresses.path_of(name)[1:]).write_bytes(name.encode())
            target = town.world.folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(name.encode())
    with nginx(to) as port, office(town) as host:
        ours = int(host.url.rpartition(":")[2])
        for name in NAMES:
            theirs, our = ask(port, addresses.path_of(name)), ask(ours, addresses.path_of(name))
            assert (theirs.status, our.status) == (200, 200), name
            assert theirs.read() == our.read() or name == "index"
            for header in ("Content-Type", "Cache-Control", "Access-Control-Allow-Origin", "X-Content-Type-Options"):
                assert theirs.headers[header] == our.headers[header], (name, header)
        for path in ("/manifest.json", "/_headers", "/status/2", "/status/../manifest.json", "/.well-known/khatm/log/checkpoint", "/"):
            assert ask(port, path).status in (403, 404), path
        assert ask(port, "/status/1", "PUT").status in (403, 405)


def test_a_follower_of_nginx_has_what_the_office_has(town: Town) -> None:
    to = exported(town)
    with nginx(to) as port:
        assert town.follow(f"http://127.0.0.1:{port}").exit_code == 0
        town.publish(400)
        exported(town)
        result = town.follow(f"http://127.0.0.1:{port}")
    assert result.exit_code == 0, result.output
    loaded = town.loaded()
    assert (loaded.faults, loaded.log.size if loaded.log else 0) == ({}, 1100)


class _Silent(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", "15")
        self.end_headers()
        self.wfile.write(b"<!doctype html>")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def elsewhere() -> Iterator[str]:
    """Another origin."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Silent) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


SCRIPT = """async ([host, jwk, now]) => {
  const options = { cache: "no-cache", credentials: "omit", redirect: "error" };
  const get = async (path) => new Uint8Array(await (await fetch(host + path, options)).arrayBuffer());
  const index = JSON.parse(new TextDecoder().decode(await get("/.well-known/khatm/index")));
  const files = new Map([["trust-list", await get("/.well-known/khatm/trust-list")]]);
  for (const number of index.status) files.set(`status/${number}`, await get(`/status/${number}`));
  const { published, trust } = globalThis.khatm;
  const root = await trust.Root.fromJwk(jwk);
  const loaded = await published.load(files, { root, memory: published.BLANK, now });
  const tile = await get("/log/tile/0/001");
  const head = new TextDecoder().decode(await get("/log/checkpoint"));
  return [loaded.trust.sequence, loaded.status.lists.size, loaded.faults, head.split("\\n")[1], btoa(String.fromCharCode(...tile))];
}"""


@pytest.fixture
def core(tmp_path: Path) -> str:
    """The phone's verification, bundled as the app bundles it."""
    try:
        node = asking.node()
    except NodeUnavailable as error:
        unavailable(str(error))
    (tmp_path / "entry.js").write_text(
        f'import * as published from "{ROOT}/seal/js/published.js";\nimport * as trust from "{ROOT}/seal/js/trust.js";\n'
        "globalThis.khatm = { published, trust };\n"
    )
    words = [node, APP / "node_modules/esbuild/bin/esbuild", tmp_path / "entry.js", "--bundle", "--format=iife"]
    made = subprocess.run(words, capture_output=True, text=True, check=False, env={"NODE_PATH": str(APP / "node_modules")})
    assert made.returncode == 0, made.stderr
    return made.stdout


def test_a_phone_s_code_of_another_origin_reads_and_verifies_them(town: Town, page: Page, core: str) -> None:
    to = exported(town)
    jwk = json.loads(town.world.root_file.read_text())
    with nginx(to) as port, elsewhere() as origin:
        page.goto(f"{origin}/blank")
        page.add_script_tag(content=core)
        sequence, lists, faults, size, tile = page.evaluate(SCRIPT, [f"http://127.0.0.1:{port}", jwk, town.time + 200])
    assert (sequence, lists, faults, size) == (town.world.trust.sequence, 1, {}, "700")
    assert tile == b64encode((town.world.folder / "log/tile/0/001").read_bytes()).decode()


def test_an_export_follows_the_folder_and_touches_nothing_else(town: Town) -> None:
    to = exported(town)
    (to / "index.html").write_text("ours")
    (to / "status/7").write_bytes(b"of another house")
    (town.world.folder / "log/pack/GOV/1.p/17").unlink()
    town.publish(10)
    exported(town)
    assert (to / "index.html").read_text() == "ours"
    assert not (to / "status/7").exists()
    assert not (to / "log/pack/GOV/1.p/17").exists()
    for name, _ in addresses.files(town.world.folder):
        assert (to / addresses.path_of(name)[1:]).read_bytes() == (town.world.folder / name).read_bytes(), name
    assert json.loads((to / ".well-known/khatm/index").read_bytes())["status"] == ["1"]
    again = CliRunner().invoke(khatm.main, ["export", str(to), "--published", str(town.world.folder)])
    assert "0 files new, 0 removed" in again.output
    assert not list(to.rglob(".new-*"))


def test_a_published_file_that_is_replaced_leaves_the_export_as_it_was_until_the_next(town: Town) -> None:
    to = exported(town)
    before = (to / "status/1").read_bytes()
    town.publish()
    assert (to / "status/1").read_bytes() == before


def test_the_shipped_locations_are_those_of_the_table() -> None:
    shipped = (ROOT / "deploy/nginx/khatm-static.conf").read_text("utf-8")
    assert shipped == hosting.for_nginx("/var/lib/khatm/static")


def test_every_file_has_its_headers_in_the_manifest_and_one_rule_at_a_cdn(town: Town) -> None:
    to = exported(town)
    told = [json.loads(line) for line in (to / "manifest.json").read_text().splitlines()]
    paths = [each["path"] for each in told]
    assert set(paths) == {addresses.path_of(name) for name, _ in addresses.files(town.world.folder)} | {"/.well-known/khatm/index"}
    assert paths[-1] == "/.well-known/khatm/index"
    assert paths.index("/log/checkpoint") > max(at for at, path in enumerate(paths) if "/tile/" in path)
    rules = re.findall(r"^(/\S+)\n((?:  .*\n)+)", (to / "_headers").read_text(), re.MULTILINE)
    assert len(rules) <= 100, "Cloudflare Pages takes no more"
    for each in told:
        found = [text for rule, text in rules if fnmatch(each["path"], rule)]
        assert len(found) == 1, each["path"]
        if "/log/pack/" not in each["path"]:
            assert f"  Cache-Control: {each['Cache-Control']}\n" in found[0]
            assert f"  Content-Type: {each['Content-Type']}\n" in found[0]


def test_the_commands_for_a_bucket_name_every_file_once(town: Town) -> None:
    to = exported(town)
    lines = CliRunner().invoke(khatm.main, ["export", str(to), "--s3", "khatm-files"]).output.splitlines()
    taken: dict[str, tuple[int, str, str]] = {}
    for place, line in enumerate(lines):
        words = shlex.split(line)
        for path in (path.relative_to(to).as_posix() for path in to.rglob("*") if path.is_file()):
            included = False
            for word, glob in pairwise(words):
                if word in ("--include", "--exclude") and fnmatch(path, glob):
                    included = word == "--include"  # of several filters the last that fits counts
            if included:
                assert path not in taken, path
                taken[path] = place, words[words.index("--content-type") + 1], words[words.index("--cache-control") + 1]
    for name, kind in addresses.files(town.world.folder):
        assert taken[addresses.path_of(name)[1:]][1:] == (kind.media_type, kind.cache), name
    assert max(taken.values())[0] == taken[".well-known/khatm/index"][0]
    assert not {"manifest.json", "_headers"} & set(taken)
    for wrong in ("UPPER", "a b", "x;rm"):
        assert CliRunner().invoke(khatm.main, ["export", str(to), "--s3", wrong]).exit_code == 2


def test_nothing_to_export_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(khatm.main, ["export", str(tmp_path / "x"), "--published", str(tmp_path / "none")])
    assert (result.exit_code, "export_missing" in result.output) == (2, True)
