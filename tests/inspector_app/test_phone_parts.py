"""Parts of the phone app by themselves, in Node: pixels against OpenCV, which fix counts, which codes deserve a verdict."""

import json
import subprocess
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from issuer.intake.texts import skeleton
from tests import nodejs
from tests.conftest import ROOT, unavailable
from tests.qr.camera import Gray, Shot, photograph, seal_text

SRC = (ROOT / "inspector_app/pwa/src").as_uri()
SHAPE = (90, 161)  # height, width: odd on purpose


@pytest.fixture(scope="module")
def node() -> str:
    try:
        return str(nodejs.program())
    except nodejs.NodeUnavailable as error:
        unavailable(str(error))


def run(node: str, program: str) -> Any:
    """What a program tells: it calls tell(value) once."""
    told = "const tell = (value) => process.stdout.write(JSON.stringify(value));"
    done = subprocess.run([node, "--input-type=module", "-e", told + program], check=True, capture_output=True, text=True, timeout=60)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def picture() -> Gray:
    shot = Shot(seed=4, width=SHAPE[1], height=SHAPE[0], module=2, noise=9)
    return photograph(seal_text(4)[:60], shot).astype(np.uint8)


@pytest.fixture(scope="module")
def made(node: str, picture: Gray, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Gray]:
    folder: Path = tmp_path_factory.mktemp("pixels")
    (folder / "grey").write_bytes(picture.tobytes())
    sizes = run(
        node,
        f"""
        import {{ readFileSync, writeFileSync }} from "node:fs";
        import * as pixels from "{SRC}/pixels.js";
        const grey = new pixels.Gray({SHAPE[1]}, {SHAPE[0]}, new Uint8Array(readFileSync("{folder}/grey")));
        const looks = {{ halved: pixels.halved, median: pixels.median, doubled: pixels.doubled, sharp: pixels.doubledAndSharpened,
          centre: (picture) => pixels.centre(picture, 0.5) }};
        const sizes = {{}};
        for (const [name, look] of Object.entries(looks)) {{
          const {{ width, height, data }} = look(grey);
          writeFileSync("{folder}/" + name, data);
          sizes[name] = [height, width];
        }}
        tell(sizes);
        """,
    )
    return {name: np.frombuffer((folder / name).read_bytes(), np.uint8).reshape(size) for name, size in sizes.items()}


def furthest(one: Gray, other: Gray) -> int:
    return int(np.abs(one.astype(int) - other.astype(int)).max())


def test_the_median_is_opencv_s(made: dict[str, Gray], picture: Gray) -> None:
    assert furthest(made["median"][1:-1, 1:-1], cv2.medianBlur(picture, 3)[1:-1, 1:-1]) == 0


def test_half_and_double_size_are_opencv_s(made: dict[str, Gray], picture: Gray) -> None:
    even = picture[:, : SHAPE[1] - 1]
    assert furthest(made["halved"], cv2.resize(even, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)) <= 1
    assert furthest(made["doubled"], cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)) <= 1


def test_sharpening_is_an_unsharp_mask(made: dict[str, Gray], picture: Gray) -> None:
    box = np.array([1, 3, 6, 7, 6, 3, 1]) / 27
    blurred = cv2.sepFilter2D(picture, -1, box, box, borderType=cv2.BORDER_REPLICATE)
    sharp, soft = (cv2.resize(one, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR) for one in (picture, blurred))
    expected = cv2.addWeighted(sharp, 2.5, soft, -1.5, 0)
    assert furthest(made["sharp"], expected) <= 6, "rounding, thrice"


def test_the_centre_is_the_centre(made: dict[str, Gray], picture: Gray) -> None:
    assert np.array_equal(made["centre"], picture[22:67, 40:120])


def best(node: str, fixes: list[tuple[float, float, float]], now: float) -> Any:
    """The fix to judge by; each is (metres north, accuracy, seconds)."""
    given = [
        {"latitude": 31.2 + north / 111_195, "longitude": 29.9, "accuracy": accuracy, "at": at * 1000} for north, accuracy, at in fixes
    ]
    told = run(node, f'import {{ best }} from "{SRC}/whereabouts.js"; tell(best({json.dumps(given)}, {now * 1000}));')
    return None if told is None else (round((told["latitude"] - 31.2) * 111_195), told["accuracy"], told["at"] / 1000)


@pytest.mark.parametrize(
    ("fixes", "expected"),
    [
        ([], None),
        ([(0, 50, 90), (5, 8, 95), (3, 12, 99)], (5, 8, 95)),  # the most accurate of the recent ones
        ([(0, 8, 95), (2, 8, 99)], (2, 8, 99)),  # of equals the newer
        ([(0, 5, 95), (60, 12, 99)], (60, 12, 99)),  # moved: the newest contradicts it
        ([(0, 5, 70), (3, 30, 99)], (3, 30, 99)),  # too old
        ([(0, 5, 10)], (0, 5, 10)),  # nothing recent: the verdict says that it is old
    ],
)
def test_the_best_recent_fix_counts(node: str, fixes: list[tuple[float, float, float]], expected: Any) -> None:
    assert best(node, fixes, 100) == expected


def attended(node: str, frames: list[tuple[float, list[str]]]) -> Any:
    """After which frame something is worth a verdict, and what; texts in capitals are seals. Times are in seconds."""
    return run(
        node,
        f"""
        import {{ Attention }} from "{SRC}/scanner.js";
        const attention = new Attention((text) => text === text.toUpperCase());
        let told = null;
        {json.dumps(frames)}.forEach(([at, texts], i) => {{
          const worth = told ? null : attention.see(texts, at * 1000);
          if (worth) told = [i, worth];
        }});
        tell(told);
        """,
    )


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ([(0, ["A"]), (0.1, []), (0.2, ["A"])], [2, ["A"]]),
        ([(0, ["A"]), (0.1, ["B"]), (0.2, ["A", "B"])], [2, ["A", "B"]]),  # another one in view is not missed
        ([(0, ["menu"]), (0.1, ["A", "menu"]), (0.2, []), (0.3, [])], [3, ["A"]]),  # a seal beside a foreign code
        ([(0, ["menu"]), (0.5, ["menu"]), (1.1, ["menu"])], [2, ["menu"]]),  # a foreign code that stays
        ([(0, ["menu"]), (0.9, []), (1.8, ["menu"]), (2.2, [])], None),  # one that the hand passes by
        ([(0, []), (5, [])], None),
    ],
)
def test_what_in_view_is_worth_a_verdict(node: str, frames: list[tuple[float, list[str]]], expected: Any) -> None:
    assert attended(node, frames) == expected


CAMERA = """
import { Camera, Stand } from "SRC/camera.js";
const wished = [], asked = [];
const track = (can) => ({
  readyState: "live", getCapabilities: () => can, getSettings: () => ({ deviceId: "rear", zoom: can.zoom?.min }),
  applyConstraints: async ({ advanced: [wish] }) => { if (wish.torch && !can.torch) throw new Error("no"); wished.push(wish); },
  stop() { this.readyState = "ended"; },
});
const devices = (can, refusals = []) => ({
  getUserMedia: async ({ video }) => {
    asked.push(video.deviceId?.exact ?? video.facingMode.ideal);
    const refused = refusals.shift();
    if (refused) throw Object.assign(new Error(), { name: refused });
    const [one] = [track(can)];
    return { getVideoTracks: () => [one], getTracks: () => [one] };
  },
});
"""


def camera(node: str, program: str) -> Any:
    return run(node, CAMERA.replace("SRC", SRC) + program)


@pytest.mark.parametrize(
    ("zoom", "wished"),
    [
        ({"min": 1, "max": 8, "step": 0.1}, [{"zoom": 2}]),
        ({"min": 1, "max": 1.5, "step": 0.1}, [{"zoom": 1.5}]),
        (None, []),
    ],
)
def test_the_camera_starts_at_twice_where_it_can(node: str, zoom: Any, wished: Any) -> None:
    can = json.dumps({"zoom": zoom} if zoom else {})
    assert camera(node, f"await Camera.open({{ devices: devices({can}) }}); tell([asked, wished]);") == [["environment"], wished]


def test_a_camera_that_was_picked_and_is_gone_gives_way_to_the_rear_one(node: str) -> None:
    program = "await Camera.open({ id: 'gone', devices: devices({}, ['OverconstrainedError']) }); tell(asked);"
    assert camera(node, program) == ["gone", "environment"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("NotAllowedError", "camera_refused"),
        ("NotFoundError", "camera_absent"),
        ("NotReadableError", "camera_busy"),
        ("TypeError", "camera_failed"),
    ],
)
def test_why_there_is_no_picture_has_a_code(node: str, name: str, code: str) -> None:
    assert camera(node, f"Camera.open({{ devices: devices({{}}, ['{name}']) }}).catch(({{ code }}) => tell(code));") == code


def test_torch_and_zoom_stay_as_they_were_set(node: str) -> None:
    """In one wish together, for what is not wished again may be forgotten; and a camera that is opened anew gets them at once."""
    program = """
    const can = { torch: true, zoom: { min: 1, max: 4, step: 0.1 } };
    const stand = new Stand();
    const one = await Camera.open({ devices: devices(can) });
    await one.light(true);
    await one.zoomTo(3);
    stand.put(one);
    stand.wishes = { torch: true, zoom: 3 };
    await stand.take().prepare(stand.wishes);
    await Camera.open({ devices: devices(can), wishes: stand.wishes });
    await Camera.open({ devices: devices({ zoom: { min: 1, max: 2 } }), wishes: stand.wishes });
    await Camera.open({ devices: devices({}), wishes: stand.wishes });
    tell(wished);
    """
    lit = {"zoom": 3, "torch": True}
    assert camera(node, program) == [
        {"zoom": 2},
        {"zoom": 2, "torch": True},
        lit,
        {"zoom": 3, "torch": False},  # it waits in the dark
        lit,
        lit,
        {"zoom": 2},  # another camera, as far as it can
    ]


def test_a_waiting_camera_is_dark_and_is_used_again_once(node: str) -> None:
    program = """
    const stand = new Stand();
    const one = await Camera.open({ devices: devices({ torch: true }) });
    stand.put(one);
    const [first, second] = [stand.take(), stand.take()];
    stand.put(one);
    stand.clear();
    tell([first === one, second, one.open, wished]);
    """
    assert camera(node, program) == [True, None, False, [{"torch": False}, {"torch": False}]]


@pytest.mark.parametrize(
    ("failures", "least", "most"),
    [(0, 57, 63), (1, 0.5, 1), (2, 1, 2), (4, 4, 8), (7, 30, 60), (500, 30, 60)],
)
def test_failures_wait_longer_each_time_and_never_all_at_once(node: str, failures: int, least: float, most: float) -> None:
    program = f'import {{ pause }} from "{SRC}/refreshing.js"; tell([0, 0.5, 1].map((chance) => pause({failures}, chance)));'
    low, middle, high = run(node, program)
    assert (low, high) == (pytest.approx(least * 60_000), pytest.approx(most * 60_000))
    assert low < middle < high


def test_after_a_success_the_next_hour_begins(node: str) -> None:
    program = f"""
    import {{ mock }} from "node:test";
    import {{ Refresher }} from "{SRC}/refreshing.js";
    mock.timers.enable({{ apis: ["setTimeout"] }});
    const answers = [false, false, true, true, true];
    let runs = 0;
    const refresher = new Refresher(async () => answers[runs++], {{ chance: () => 0.5 }});
    const settled = () => new Promise((done) => setImmediate(done));
    const seen = [];
    const pass = async (minutes) => {{
      mock.timers.tick(minutes * 60_000);
      await settled();
      seen.push(runs);
    }};
    await refresher.run();
    for (const minutes of [0.7, 0.1, 1.5, 59, 1]) await pass(minutes);
    refresher.stop();
    await pass(600);
    await refresher.run();
    seen.push(runs);
    tell(seen);
    """
    assert run(node, program) == [1, 2, 3, 3, 4, 4, 5]


def test_the_screen_stays_on_for_two_minutes_after_the_last_touch(node: str) -> None:
    program = f"""
    import {{ mock }} from "node:test";
    import {{ Awake, IDLE_MS }} from "{SRC}/awake.js";
    mock.timers.enable({{ apis: ["setTimeout"] }});
    let [held, idle] = [0, 0];
    const locks = {{ request: async () => {{ held++; return {{ release: () => held-- }}; }} }};
    const seen = [];
    const awake = new Awake(() => idle++, {{ locks }});
    const pass = async (ms) => {{
      mock.timers.tick(ms);
      await new Promise((done) => setImmediate(done));
      seen.push([held, idle]);
    }};
    awake.touched();
    await pass(IDLE_MS); // nobody has begun
    awake.begin();
    await pass(IDLE_MS - 1);
    awake.touched();
    await pass(IDLE_MS - 1);
    await pass(1);
    awake.touched(); // on the result's screen: nobody scans
    await pass(IDLE_MS);
    awake.begin();
    awake.end();
    await pass(IDLE_MS);
    const refused = new Awake(() => idle++, {{ locks: {{ request: () => Promise.reject(new Error("low battery")) }} }});
    refused.begin();
    await pass(IDLE_MS);
    tell(seen);
    """
    assert run(node, program) == [[0, 0], [1, 0], [1, 0], [0, 1], [0, 1], [0, 1], [0, 2]]


NAMES = """مخبز الأمل|مخبـــز الامل|مَخْبَزُ الأَمَل|بقالة النيل|بقاله النيل|مقهى البحر|مقهي البحر|رؤى|شيء|ﷺ|کافه یاس|صيدلية ١|صيدلية ۱|ہوٹل
|آثار|ٱلنور|٣½|Café Riche|ΟΔΥΣΣΕΥΣ|Straße|ﬁne|ALX-MID-2026-0000001-C|—""".replace("\n", "").split("|")


def test_the_phone_searches_as_the_office_does(node: str) -> None:
    told = run(node, f'import {{ skeleton }} from "{SRC}/skeleton.js"; tell({json.dumps(NAMES)}.map(skeleton));')
    office = [skeleton(name) for name in NAMES]
    # A name without letters is its own skeleton in the office; a search can do without.
    assert told == ["" if name == "—" else found for name, found in zip(NAMES, office, strict=True)]
    assert told[0] == told[1] == told[2]


FIND = [
    {"name": "مقهى البحر", "number": "ALX-MID-2026-0000001-C", "reference": "07e9/revoked/T1/S2/x"},
    {"name": "بقالة النيل", "number": "ALX-MN1-2026-0000002-A", "reference": "07ea/valid/T1/S2/x"},
    {"name": None, "number": None, "reference": "-/signature_invalid/T1/S2/x"},
]


@pytest.mark.parametrize(
    ("query", "places"),
    [("", [0, 1, 2]), ("مقهي", [0]), ("النيل بقاله", [1]), ("alx mid", [0]), ("٠٠٠٠٠٠٢", [1]), ("signature-invalid", [2]), ("تاج", [])],
)
def test_entries_are_found_whatever_the_spelling(node: str, query: str, places: list[int]) -> None:
    program = f'import {{ found }} from "{SRC}/log.js"; tell(found({json.dumps(FIND)}, {json.dumps(query)}));'
    assert run(node, program) == [FIND[place] for place in places]
