"""Parts of the phone app by themselves, in Node: pixels against OpenCV, which fix counts, which codes deserve a verdict."""

import json
import subprocess
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

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
