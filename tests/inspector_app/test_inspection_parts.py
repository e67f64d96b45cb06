"""Parts of the inspector's phone by themselves, in Node: the outbox's states, heads, typed codes and lengths, the archive."""

import base64
import json
import subprocess
import zipfile
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from tests import nodejs
from tests.conftest import ROOT, unavailable

SRC = (ROOT / "inspector_app/pwa/src/inspections").as_uri()
KEPT = """
const kept = (sequence, state, more = {}) => ({
  id: `i${sequence}`, device: "d", sequence, digest: `h${sequence}`, state, held: state === "confirmed",
  reasons: [], missing: [], photographs: [], ...more,
});
const head = (sequence, gaps = []) => ({ sequence, digest: sequence ? `h${sequence}` : null, gaps });
"""


@pytest.fixture(scope="module")
def node() -> str:
    try:
        return str(nodejs.program())
    except nodejs.NodeUnavailable as error:
        unavailable(str(error))


def run(node: str, program: str) -> Any:
    """What a program tells: it calls tell(value) once."""
    told = "const tell = (value) => process.stdout.write(JSON.stringify(value));"
    done = subprocess.run([node, "--input-type=module", "-e", told + program], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_nothing_is_confirmed_but_by_hash(node: str) -> None:
    program = f"""
    import * as outbox from "{SRC}/outbox.js"; {KEPT}
    const fresh = outbox.fresh({{ id: "i1", device: "d", sequence: 1, digest: "h1", photographs: ["p", "q"] }});
    const said = (answer) => {{
      const {{ state, held, reasons, missing }} = outbox.answered(fresh, answer);
      return [state, held, reasons, missing, outbox.due({{ state, held, reasons }})];
    }};
    const whole = {{ digest: "h1", state: "confirmed", reasons: [], missing: [] }};
    tell([
      [fresh.state, fresh.held, outbox.due(fresh)],
      said(whole),
      said({{ ...whole, missing: ["q", "other"] }}),
      said({{ ...whole, digest: "h2" }}),
      said({{ ...whole, state: "set_apart", reasons: ["device_lost"] }}),
      said({{ ...whole, state: "set_apart", reasons: ["device_lost"], missing: ["p"] }}),
      said({{ ...whole, missing: undefined }}),
      said({{ ...whole, state: "later" }}),
      said({{}}),
    ]);
    """
    fresh, whole, partly, other, apart, apart_partly, silent, unknown, nothing = run(node, program)
    assert fresh == ["waiting", False, True]
    assert whole == ["confirmed", True, [], [], False]
    assert partly == ["sent", False, [], ["q"], True]
    assert other[:3] == nothing[:3] == ["attention", False, ["digest_differs"]]
    assert apart == ["attention", True, ["set_apart", "device_lost"], [], False]
    assert apart_partly == ["attention", False, ["set_apart", "device_lost"], ["p"], True], "its photographs still go"
    assert silent[:2] == unknown[:2] == ["sent", False], "an answer that does not say so confirms nothing"


def test_what_was_refused_is_not_sent_by_itself_but_counted(node: str) -> None:
    program = f"""
    import * as outbox from "{SRC}/outbox.js"; {KEPT}
    const refused = outbox.attention(kept(2, "sent"), ["too_long"]);
    const all = [kept(1, "confirmed"), refused, kept(3, "waiting"), kept(4, "sent")];
    tell([outbox.due(refused), outbox.unsent(all), outbox.again(refused).state, outbox.due(outbox.again(refused))]);
    """
    assert run(node, program) == [False, 3, "waiting", True]


def test_heads_beside_each_other(node: str) -> None:
    program = f"""
    import {{ compared }} from "{SRC}/heads.js"; {KEPT}
    const three = [kept(1, "confirmed"), kept(2, "confirmed"), kept(3, "waiting")];
    const told = (own, server, before, all = three) => {{
      const {{ verdict, resend }} = compared(own, server, before, all);
      return [verdict, resend.map(({{ sequence }}) => sequence)];
    }};
    tell([
      told(head(0), head(0), null, []),
      told(head(3), head(2), head(2)),
      told(head(2), head(3), head(3)),
      told(head(3), {{ ...head(2), digest: "other" }}, head(2)),
      told(head(3), head(1), head(2)),
      told(head(3), head(0), null),
      told(head(3), head(0, [1]), null),
      told(head(3), head(1, [2]), head(1), [kept(1, "confirmed"), kept(2, "attention"), kept(3, "confirmed")]),
      told(head(3), head(1, [2]), head(1), [kept(1, "confirmed"), kept(3, "confirmed")]),
      told(head(5), head(2), head(2), [kept(5, "waiting")]),
    ]);
    """
    nothing, ahead, behind, forked, cut, emptied, gap, refused, gone, tidied = run(node, program)
    assert nothing == ["agrees", []]
    assert ahead == ["agrees", []], "what waits is not missing"
    assert behind == ["behind", []]
    assert forked == ["forked", []]
    assert cut == ["cut", [2]]
    assert emptied == ["cut", [1, 2]]
    assert gap == ["cut", [1]]
    assert refused == ["agrees", []], "the gap is the one that was refused"
    assert gone == ["cut", []], "nobody has it any more"
    assert tidied == ["agrees", []]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("KHATM-ENROL:1:https://khatm.example:4F7KM-2QX9C", "4F7KM2QX9C"),
        ("khatm-enrol:1:https://khatm.example/:4f7km2qx9c", "4F7KM2QX9C"),
        (" 4f7km 2qx9c ", "4F7KM2QX9C"),
        ("oIl00-00000", "0110000000"),
        ("KHATM-ENROL:2:https://khatm.example:4F7KM-2QX9C", "enrol_version"),
        ("KHATM-ENROL:1:https://evil.example:4F7KM-2QX9C", "enrol_elsewhere"),
        ("KHATM-ENROL:1:https://khatm.example.evil:4F7KM-2QX9C", "enrol_elsewhere"),
        ("KHATM-ENROL:1:http://khatm.example:4F7KM-2QX9C", "enrol_elsewhere"),
        ("KHATM-ENROL:1:https://khatm.example:8443:4F7KM-2QX9C", "enrol_elsewhere"),
        ("KHATM-ENROL:1:javascript://x:4F7KM-2QX9C", "enrol_elsewhere"),
        ("KHATM-ENROL:1:https://khatm.example:", "enrol_shape"),
        ("KHATM-ENROL:", "enrol_shape"),
        ("4F7KM-2QX9U", "enrol_shape"),
        ("4F7KM-2QX9", "enrol_shape"),
        ("", "enrol_shape"),
    ],
)
def test_a_code_is_read_as_people_type_it_and_for_this_host_only(enrolling: Path, node: str, text: str, found: str) -> None:
    program = f"""
    import {{ codeIn }} from "{enrolling.as_uri()}";
    const read = async (text) => codeIn(text, "https://khatm.example");
    tell(await read({json.dumps(text)}).catch((error) => error.code ?? String(error)));
    """
    assert run(node, program) == found


@pytest.fixture(scope="module")
def enrolling(tmp_path_factory: pytest.TempPathFactory) -> Path:
    try:
        return nodejs.bundle(ROOT / "inspector_app/pwa", "src/inspections/enrolling.js", tmp_path_factory.mktemp("enrolling"))
    except nodejs.NodeUnavailable as error:
        unavailable(str(error))


def test_lengths_as_people_type_them(node: str) -> None:
    typed = ["4", "4.25", "٤٫٢٥", "4,5", " 12.1 ", "0.07", "4.125", "-4", "4 m", "", "1e3", "99999"]
    program = f'import {{ centimetres }} from "{SRC}/measures.js"; tell({json.dumps(typed)}.map(centimetres));'
    assert run(node, program) == [400, 425, 425, 450, 1210, 7, None, None, None, None, None, None]


def test_checklists_of_strangers_are_left_out(node: str) -> None:
    item = {"id": "a", "ar": "أ", "en": "A"}
    good = {"id": "shop", "version": 2, "types": ["shop"], "items": [item, {"id": "b"}, None, item | {"id": 7}, item | {"id": "Not one"}]}
    strange = [None, 7, {"id": "x"}, good | {"version": "3"}, good | {"version": 9, "items": "all"}]
    told = [good, good | {"version": 1}, *strange, good | {"version": 8, "types": ["board"]}]
    program = f"""
    import {{ checklistFor, checklistsIn }} from "{SRC}/checklists.js";
    const all = checklistsIn({json.dumps(told)});
    tell([all.length, checklistFor(all, "shop"), checklistFor(all, "kiosk"), checklistsIn("no"), checklistsIn(undefined)]);
    """
    count, shop, kiosk, text, nothing = run(node, program)
    assert (count, kiosk, text, nothing) == (3, None, [], [])
    assert (shop["version"], shop["items"]) == (2, [{"id": "a", "name": {"ar": "أ", "en": "A"}}])


def test_other_programs_open_the_archive(node: str) -> None:
    program = f"""
    import {{ zip }} from "{SRC}/archive.js";
    const noise = Uint8Array.from({{ length: 70_001 }}, (_, i) => (i * 2654435761) >>> 24);
    const made = zip({{ "inspections/a.cose": noise, "photographs/b.jpg": new Uint8Array([13, 10, 0, 255]), "empty": new Uint8Array() }});
    tell(Buffer.from(await made.arrayBuffer()).toString("base64"));
    """
    with zipfile.ZipFile(BytesIO(base64.b64decode(run(node, program)))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["inspections/a.cose", "photographs/b.jpg", "empty"]
        noise = bytes(((i * 2654435761) & 0xFFFFFFFF) >> 24 for i in range(70_001))
        assert sha256(archive.read("inspections/a.cose")).digest() == sha256(noise).digest()
        assert archive.read("photographs/b.jpg") == b"\r\n\0\xff"
