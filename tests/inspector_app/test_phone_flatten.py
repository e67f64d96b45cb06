"""The phone's own flattening in Node, beside Python's: bent, folded and soiled sheets, codewords of all versions, bad light."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import segno

from qr import codewords
from tests import nodejs
from tests.conftest import ROOT, unavailable
from tests.qr.camera import Gray, Shot, photograph, seal_text
from tests.qr.sheets import Sheet, code, conditions
from tests.qr.sheets import photograph as sheet
from tests.qr.strangers import stranger
from tests.qr.test_codewords import modules

PWA = ROOT / "inspector_app/pwa"
SRC = (PWA / "src").as_uri()
WASM = PWA / "node_modules/zxing-wasm/dist/reader/zxing_reader.wasm"
Run = Callable[[str], Any]

SHEETS = {
    "a can": Sheet(seed=1, cylinder=100, defocus=0.6),
    "a can lying askew": Sheet(seed=3, cylinder=90, cylinder_way=35, turn=20, defocus=0.8),
    "a fold": Sheet(seed=4, fold=40, fold_way=70, defocus=0.7),
    "8 % dirt": Sheet(seed=6, dirt=0.08, turn=10),
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run a program in Node and return what it tells."""
    try:
        node = nodejs.with_package(PWA, "zxing-wasm")
    except nodejs.NodeUnavailable as error:
        unavailable(str(error))
    file = tmp_path_factory.mktemp("node") / "program.mjs"
    head = 'import { readFileSync } from "node:fs";\nconst tell = (value) => process.stdout.write(JSON.stringify(value));\n'

    def program(text: str) -> Any:
        file.write_text(head + text, "utf-8")
        done = subprocess.run([node, file], check=True, capture_output=True, text=True, timeout=300)
        return json.loads(done.stdout)

    return program


def reading(folder: Path, pictures: dict[str, Gray], how: str) -> str:
    """A program that tells what `how` reads of each picture."""
    listed = []
    for number, (name, seen) in enumerate(pictures.items()):
        (folder / str(number)).write_bytes(seen.tobytes())
        listed.append([name, str(folder / str(number)), seen.shape[1], seen.shape[0]])
    return f"""
        import {{ reader as opened }} from "{SRC}/zxing.js";
        import {{ read, still, live, TURNS }} from "{SRC}/cascade.js";
        import {{ flattenedTexts }} from "{SRC}/flatten/read.js";
        import {{ textured }} from "{SRC}/flatten/texture.js";
        import {{ Gray }} from "{SRC}/pixels.js";
        const {{ decode, failed }} = await opened(readFileSync("{WASM}"));
        const reader = {{ decode, failed, textured, flattened: (picture, finds) => flattenedTexts(picture, finds, decode) }};
        const ours = (text) => text.startsWith("https://KHATM.EXAMPLE/");
        const told = {{}};
        for (const [name, file, width, height] of {json.dumps(listed)}) {{
          const picture = new Gray(width, height, new Uint8Array(readFileSync(file)));
          told[name] = {how};
        }}
        tell(told);
    """


def test_sheets_are_read(run: Run, tmp_path: Path) -> None:
    pictures = {name: sheet(code(seal_text(held.seed)), held) for name, held in SHEETS.items()}
    told = run(reading(tmp_path, pictures, "flattenedTexts(picture, [failed, textured], decode)"))
    assert told == {name: [seal_text(held.seed)] for name, held in SHEETS.items()}


def test_pictures_without_a_code_give_nothing(run: Run, tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    pictures = {
        "scene": photograph(None, Shot(seed=20)).astype(np.uint8),
        "blocks": random.integers(0, 2, (40, 60), dtype=np.uint8).repeat(12, axis=0).repeat(12, axis=1) * 255,
        "noise": random.integers(0, 256, (400, 500), dtype=np.uint8),
        "blank": np.full((300, 400), 255, np.uint8),
        "speck": np.full((3, 3), 0, np.uint8),
    }
    told = run(reading(tmp_path, pictures, "read(picture, still(picture), { reader, ours }).texts"))
    assert told == {name: [] for name in pictures}


def test_looks_in_bad_light_and_from_the_side_each_read_what_the_plain_one_does_not(run: Run, tmp_path: Path) -> None:
    """Every look of the cascade, beside the plain one, on hard photographs of every kind."""
    pictures = {}
    for seed in (0, 3, 9, 11, 12):
        hard = {name: held for name, held in conditions(seed).items() if name in {"tilt", "shadow", "fading"}}
        pictures |= {f"{seed} {name}": sheet(code(seal_text(seed)), held) for name, held in hard.items()}
    told = run(
        reading(tmp_path, pictures, "still(picture).map(({ name }, i, all) => [name, read(picture, [all[i]], { reader, ours }).texts])")
    )
    seeds = {name: int(name.split()[0]) for name in pictures}
    by_look: dict[str, set[str]] = {}
    for name, looks in told.items():
        for look, texts in looks:
            assert texts in ([], [seal_text(seeds[name])])
            by_look.setdefault(look, set()).update({name} if texts else set())
    together = set().union(*by_look.values())
    assert len(by_look["plain"]) < len(together)


def test_a_live_picture_turns_through_all_looks(run: Run, tmp_path: Path) -> None:
    bent = sheet(code(seal_text(3)), SHEETS["a can lying askew"])
    told = run(reading(tmp_path, {"bent": bent}, "[...Array(TURNS).keys()].map((turn) => live(turn).map(({ name }) => name))"))
    assert all(looks[0] == "plain" and len(looks) == 2 for looks in told["bent"])
    assert len({looks[1] for looks in told["bent"]}) == len(told["bent"])


def test_a_small_code_in_the_corner_of_a_photograph_is_read(run: Run, tmp_path: Path) -> None:
    """A hand holds a code in the middle of the live picture; in a photograph that somebody sent it may lie anywhere."""
    small, texts = stranger("tiny", 5)
    wide = np.pad(small, ((0, 1425 - 960), (0, 1900 - 1280)), mode="edge")
    told = run(reading(tmp_path, {"corner": wide}, "read(picture, still(picture), { reader, ours: (text) => text.length > 1 })"))
    assert told["corner"]["texts"] == list(texts)
    assert "enlarged" in told["corner"]["step"], "or it would show nothing"


def test_all_codes_of_a_photograph_are_read_as_they_were_written(run: Run, tmp_path: Path) -> None:
    """Clear ones in any writing, and the one on a can that the plain look saw and could not read."""
    can = sheet(code(seal_text(1)), Sheet(seed=1, cylinder=100, defocus=0.6))
    written = ["Café Müller", "こんにちは世界", "شركة الإسكندرية"]
    picture = can.astype(np.uint8)
    for place, text in enumerate(written):
        card = np.kron(np.pad(np.array(segno.make_qr(text).matrix, bool), 4), np.ones((3, 3), bool))
        picture[place * 130 : place * 130 + len(card), : len(card)] = np.where(card, 0, 255)
    how = "read(picture, still(picture), { reader, ours: (text) => text.startsWith('Café'), beside: %s }).texts"
    assert set(run(reading(tmp_path, {"wall": picture}, how % "true"))["wall"]) == {seal_text(1), *written}
    assert set(run(reading(tmp_path, {"wall": picture}, how % "false"))["wall"]) == set(written)


def test_codewords_are_python_s(run: Run) -> None:
    """Function patterns, blocks, masks and Reed–Solomon in every version: damaged codes are mended alike, or given up."""
    random = np.random.default_rng(3)
    asked, wanted = [], []
    for version in (1, 2, 6, 7, 9, 14, 21, 27, 32, 40):
        for level in "LMQH":
            dark = modules(version, level)
            damaged = dark ^ (random.random(dark.shape) < random.choice([0.0, 0.005, 0.02]))
            certain = np.where(damaged == dark, 1.0, 0.2) * random.uniform(0.5, 1, dark.shape)
            certain = (certain * 1000).round().astype(np.float32)  # whole numbers: both languages sort them alike
            made = codewords.mended(damaged, certain)
            wanted.append(None if made is None else made.astype(int).ravel().tolist())
            asked.append([damaged.astype(int).ravel().tolist(), certain.ravel().tolist(), dark.shape[0]])
    told = run(
        f"""
        import {{ mended }} from "{SRC}/flatten/codewords.js";
        const asked = {json.dumps(asked)};
        tell(asked.map(([dark, certain, side]) => {{
          const made = mended(Uint8Array.from(dark), Float32Array.from(certain), side);
          return made && [...made];
        }}));
        """
    )
    assert told == wanted
    assert None in wanted
    assert any(made is not None for made in wanted)


def test_equalising_is_opencv_s(run: Run, tmp_path: Path) -> None:
    picture = photograph(seal_text(4)[:60], Shot(seed=4, width=320, height=240, module=2, noise=9, shade=0.7)).astype(np.uint8)
    (tmp_path / "grey").write_bytes(picture.tobytes())
    told = run(
        f"""
        import {{ equalised }} from "{SRC}/light.js";
        import {{ Gray }} from "{SRC}/pixels.js";
        tell([...equalised(new Gray(320, 240, new Uint8Array(readFileSync("{tmp_path / "grey"}"))), 3, 8).data]);
        """
    )
    theirs = cv2.createCLAHE(clipLimit=3.0, tileGridSize=(8, 8)).apply(picture)
    assert np.abs(np.array(told).reshape(240, 320) - theirs.astype(int)).max() <= 2
