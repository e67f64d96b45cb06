"""The phone's side of the log by itself, in Node: what it asks for and how, what it keeps, what a host cannot make it do."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, unavailable
from tests.nodejs import NodeUnavailable
from tests.published.test_log import House, T
from tests.twin import asking
from tests.vectors import logs

SRC = (ROOT / "inspector_app/pwa/src").as_uri()
TERMS = {**logs.terms()._asdict(), "keys": list(logs.terms().keys), "witnesses": list(logs.terms().witnesses)}

#: A host that serves a folder, a store in memory, and verdicts on seals at positions.
WORLD = """
import { readFile } from "node:fs/promises";
const asked = [];
let host = "";
let now = BEGUN;
let wrap = (data) => new Response(data);
globalThis.fetch = async (path, { credentials, redirect, referrerPolicy: referrer }) => {
  asked.push({ path, credentials, redirect, referrer });
  if (host === null) throw new TypeError("no network");
  const data = await readFile(host + path).catch(() => null);
  return data ? wrap(new Uint8Array(data)) : new Response("", { status: 404 });
};
Object.defineProperty(globalThis, "navigator", { value: { onLine: true }, configurable: true });
const { SealLog } = await import(`${SRC}/seallog/seallog.js`);
class Store {
  held = { state: new Map(), tiles: new Map(), packs: new Map() };
  async get(store, key) { return this.held[store].get(key); }
  async put(store, key, value) { this.held[store].set(key, value); }
  async all(store) { return new Map(this.held[store]); }
  async clear(store) { this.held[store].clear(); }
  async write(changes) {
    for (const [store, key, value] of changes) value === undefined ? this.held[store].delete(key) : this.held[store].set(key, value);
    return true;
  }
}
const trust = { log: TERMS };
const store = new Store();
const started = async () => { const made = new SealLog(store, () => now); await made.load(trust); return made; };
const at = (position, code = "log_not_at_hand") => ({
  claims: { uri: `https://khatm.example/status/${Math.floor(position / 65536) + 1}`, idx: position % 65536 },
  seal: "genuine", finding: () => ({ code }),
});
const paths = () => asked.splice(0).map(({ path }) => path);
"""


@pytest.fixture(scope="module")
def node() -> Path:
    try:
        return asking.node()
    except NodeUnavailable as error:
        unavailable(str(error))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A log of 140 full tiles and a part of one, served below /log/."""
    made = House(tmp_path_factory.mktemp("host"), 140 * 256 + 44)
    made.sign()
    return made


def run(node: Path, house: House | Path, program: str, terms: dict[str, Any] = TERMS) -> Any:
    """What a program tells: it calls tell(value) once. `house` is the log that is served, or the folder that it is in."""
    folder = house if isinstance(house, Path) else house.folder
    world = WORLD.replace("${SRC}", SRC).replace("TERMS", json.dumps(terms)).replace("BEGUN", str((T + 60) * 1000))
    world = world.replace('host = ""', f"host = {json.dumps(str(folder))}")
    told = "const tell = (value) => process.stdout.write(JSON.stringify(value));"
    command = [node, "--import", (ROOT / "tests/twin/resolve.mjs").as_uri(), "--input-type=module", "-e", told + world + program]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_files_are_asked_for_without_cookies_and_only_whole_tiles(node: Path, house: House) -> None:
    told = run(
        node,
        house,
        """
        const log = await started();
        await log.refresh(trust);
        await log.look([at(300)], trust);
        const ways = new Set(asked.map(({ credentials, redirect, referrer }) => `${credentials} ${redirect} ${referrer}`));
        const first = paths();
        const view = log.view(trust);
        const leaves = await Promise.all([256, 300, 511, 600].map((p) => view.holds(p, new Uint8Array(32), "MN1")));
        tell({ ways: [...ways], first, again: (await log.look([at(301)], trust), paths()), leaves, size: view.size, time: view.time });
        """,
    )
    assert told["ways"] == ["omit error no-referrer"]
    assert told["first"][:2] == ["/log/checkpoint", "/log/tile/0/001"]
    assert {path.split("/")[3] for path in told["first"][1:]} <= {"0", "1"}
    assert not [path for path in told["first"] if "entries" in path]
    assert [path for path in told["first"] if path.startswith("/log/tile/0/")] == ["/log/tile/0/001", "/log/tile/0/140.p/44"]
    assert told["leaves"] == [False, False, False, None]
    assert (told["size"], told["time"]) == (140 * 256 + 44, T)
    assert "/log/tile/0/001" not in told["again"]


def test_what_is_kept_is_bounded_and_outlives_the_app(node: Path, house: House) -> None:
    told = run(
        node,
        house,
        """
        const log = await started();
        await log.refresh(trust);
        for (let tile = 0; tile < 135; tile++) { now += 1; await log.look([at(tile * 256)], trust); }
        const kept = [...store.held.tiles.keys()];
        host = null;
        const later = await started();
        const view = later.view(trust);
        const zero = new Uint8Array(32);
        tell({ kept, there: await view.holds(134 * 256, zero, "X"), gone: await view.holds(0, zero, "X"), size: view.size });
        """,
    )
    assert told["kept"] == list(range(7, 135))
    assert (told["there"], told["gone"], told["size"]) == (False, None, 140 * 256 + 44)


def test_a_host_that_lies_or_floods_changes_nothing(node: Path, house: House) -> None:
    told = run(
        node,
        house,
        """
        const log = await started();
        await log.refresh(trust);
        const said = {};
        wrap = (data) => new Response(new Uint8Array(9000));
        said.flood = [await log.look([at(0)], trust), log.fault, store.held.tiles.size];
        wrap = (data) => new Response(data.map((octet) => octet ^ 1));
        said.lies = [await log.look([at(0)], trust), log.fault, store.held.tiles.size];
        said.head = [await log.refresh(trust), log.fault, log.seen.size];
        wrap = (data) => new Response(new Uint8Array(400_000));
        said.endless = [await log.refresh(trust), log.seen.size];
        wrap = (data) => new Response("", { status: 500 });
        said.broken = [await log.look([at(0)], trust), await log.refresh(trust), log.seen.size];
        wrap = (data) => new Response(data);
        said.good = [await log.look([at(0)], trust), store.held.tiles.size];
        tell(said);
        """,
    )
    size = 140 * 256 + 44
    assert told["flood"] == [False, None, 0]
    assert told["lies"] == [False, "log_tiles_wrong", 0]
    assert told["head"] == [True, "log_corrupt", size]
    assert told["endless"] == [False, size]
    assert told["broken"] == [False, False, size]
    assert told["good"] == [True, 1]


def test_nothing_is_asked_where_nothing_can_come_of_it(node: Path, house: House) -> None:
    told = run(
        node,
        house,
        """
        const log = await started();
        await log.refresh(trust);
        paths();
        const red = { ...at(5), seal: "not_valid" };
        const silent = [[], [red], [at(5, "logged")], [at(5, "not_in_log")], [{ ...at(5), claims: null }]];
        const asked1 = [];
        for (const verdicts of silent) { await log.look(verdicts, trust); asked1.push(...paths()); }
        await log.look([at(5)], { log: null });
        await log.enable(false);
        await log.look([at(5)], trust);
        await log.refresh(trust);
        asked1.push(...paths());
        await log.enable(true);
        await log.look([at(9_000_000)], trust); // beyond the head, which is a moment old
        const soon = paths();
        now += 6_000;
        await log.look([at(9_000_000)], trust);
        tell({ asked1, soon, later: paths() });
        """,
    )
    assert told == {"asked1": [], "soon": [], "later": ["/log/checkpoint"]}


def test_another_root_or_another_log_begins_anew(node: Path, house: House) -> None:
    told = run(
        node,
        house,
        """
        const log = await started();
        await log.refresh(trust);
        await log.look([at(5)], trust);
        const other = { log: { ...trust.log, origin: "khatm.example/log2" } };
        const view = log.view(other);
        const tiles = store.held.tiles.size;
        await log.refresh(other);
        const fault = log.fault;
        const back = log.view(trust).size;
        await log.forget();
        tell({ view, tiles, fault, back, forgotten: log.view(trust), kept: Object.keys(store.held.state.get("sealLogSeen")) });
        """,
    )
    assert told == {"view": None, "tiles": 0, "fault": "log_wrong_key", "back": 140 * 256 + 44, "forgotten": None, "kept": []}


def test_a_log_that_forked_stays_so_until_another_takes_its_place(node: Path, house: House, tmp_path: Path) -> None:
    House(tmp_path, 140 * 256 + 44, salt=b"other").sign(T + 9)
    told = run(
        node,
        house,
        f"""
        const said = (log) => [log.view(trust).forked, log.fault, log.view(trust).size];
        const log = await started();
        await log.refresh(trust);
        const before = said(log);
        const true_ = host;
        host = {json.dumps(str(tmp_path))};
        const news = await log.refresh(trust);
        const forked = said(log);
        host = true_;
        await log.refresh(trust);
        const back = said(log);
        const anew = await started();
        const closed = said(anew);
        const other = {{ log: {{ ...trust.log, origin: "khatm.example/log2" }} }};
        const elsewhere = [anew.view(other), anew.fault];
        await anew.forget();
        await anew.refresh(trust);
        tell({{ before, news, forked, back, closed, elsewhere, pinned: said(anew), kept: store.held.state.get("sealLogForked") }});
        """,
    )
    size = 140 * 256 + 44
    assert told["before"] == told["pinned"] == [False, None, size]
    assert told["forked"] == told["back"] == told["closed"] == [True, "log_forked", size] and told["news"] is True
    assert told["elsewhere"] == [None, None], "another origin is another log"
    assert told["kept"] == [], "another root vouches for something else"


def test_of_two_heads_that_come_at_once_the_older_does_not_win(node: Path, house: House, tmp_path: Path) -> None:
    """Which of the two is through with its signatures first is the engine's affair; the newer is what is held in the end."""
    notes = []
    grown = House(tmp_path, 300)
    for turn in range(2):
        grown.sign(T + turn)
        notes.append((tmp_path / "log/checkpoint").read_bytes().hex())
        grown.grow([bytes(32)] * 300)
    told = run(
        node,
        house,
        f"""
        host = {json.dumps(str(tmp_path))};
        const [older, newer] = {json.dumps(notes)}.map((note) => Uint8Array.from(Buffer.from(note, "hex")));
        const log = await started();
        const {{ tiles }} = await import(`{SRC}/seallog/files.js`);
        const read = tiles(AbortSignal.timeout(30_000));
        const met = await Promise.allSettled([log.meetHead(newer, trust.log, read), log.meetHead(older, trust.log, read)]);
        tell({{ said: met.map(({{ value, reason }}) => value ?? reason.code ?? String(reason)), size: log.seen.size }});
        """,
    )
    assert told["said"] in ([True, "log_older"], [True, True])
    assert told["size"] == 600


def test_a_head_that_is_ahead_of_the_clock_is_neither_used_nor_kept(node: Path, house: House) -> None:
    """Nor does one that was taken say anything of later seals once the clock is put back."""
    told = run(
        node,
        house,
        """
        now -= 662_000;  // the head is ahead by ten minutes and two seconds
        const early = await started();
        await early.refresh(trust);
        const first = { seen: early.seen, kept: store.held.state.get("sealLogSeen") ?? null, fault: early.fault };
        const dates = [...early.dates].map(([signer, at]) => [signer, at - now / 1000]);
        now += 2_000;
        await early.refresh(trust);
        const there = early.view(trust).time;
        now -= 3_600_000;
        tell({ first, dates, there, back: early.view(trust).time, fault: early.fault });
        """,
    )
    assert told["first"] == {"seen": None, "kept": None, "fault": "log_head_ahead"}
    assert told["dates"] == [[f"witness {name}", 602] for name in logs.WITNESSES[:2]] + [["publisher", 602]]
    assert (told["there"], told["back"], told["fault"]) == (T, 0, None)
