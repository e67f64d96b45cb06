"""A license card on a shop's wall as a hurried hand photographs it: askew, a little blurred, badly lit, as JPEG."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from inspector_app import lettering
from qr.write import QUIET_ZONE, Code
from seal import days, sentences
from seal.catalogue import Language
from seal.claims import Claims
from seal.receipt import Receipt
from seal.trust import TrustList

Colour = npt.NDArray[np.uint8]
"""(height, width, 3) BGR."""

PHOTO = (1600, 1200)  # width, height
CARD = (1240, 877)  # A5, lying, at 150 dots per inch
_EDGE, _CODE = 72, 400  # pixels of the card
_INK, _FAINT, _GREEN, _PURPLE = "#10241f", "#4c5f59", "#0b6b50", "#4a2a86"
_BLUR, _SMEAR, _NOISE, _QUALITY = 1.5, 5, 7.0, 55  # pixels, pixels, of 255, JPEG


def card(code: Code, held: Claims, trust: TrustList, *, host: str) -> Image.Image:
    """Return the printed card, face on: what it says comes from the seal and the trust list."""
    license_, authority = held.license, next(key for key in trust.keys.values() if key.authority == held.iss)
    width, height = CARD
    paper = Image.new("RGB", CARD, "#fdfcf7")
    draw = ImageDraw.Draw(paper)
    draw.rounded_rectangle((24, 24, width - 24, height - 24), 18, outline=_GREEN, width=5)
    _text(draw, authority.name["ar"], "ar", 50, size=44, weight=800)
    _text(draw, authority.name["en"], "en", 62, size=32, weight=600)
    _text(draw, trust.types[held.type]["ar"], "ar", 122, size=34, weight=500, fill=_GREEN)
    _text(draw, trust.types[held.type]["en"], "en", 128, size=28, weight=500, fill=_GREEN)
    draw.line((_EDGE, 196, width - _EDGE, 196), fill=_GREEN, width=3)
    until = license_.last_day.isoformat() if license_.last_day else sentences.say("label_open_ended", "ar")
    rows = [("label_trade_name", license_.trade_name), ("label_holder", license_.holder), ("label_address", license_.address)]
    for place, (label, value) in enumerate([*rows, ("label_last_day", until)]):
        _text(draw, sentences.say(label, "ar"), "ar", 214 + 142 * place, size=24, weight=400, fill=_FAINT)
        _text(draw, value, "ar", 250 + 142 * place, size=40, weight=600, room=width - _CODE - 3 * _EDGE)
    _stick(paper, code)
    _text(draw, held.number_in(trust.governorate.prefix), "en", 660, size=26, weight=700)
    _text(draw, host, "en", 706, size=26, weight=500, fill=_FAINT)
    return paper


def slip(code: Code, held: Receipt, trust: TrustList, *, host: str) -> Image.Image:
    """Return the printed receipt of an application, face on: in a colour and with words that no license has."""
    authority = next((key.name for key in trust.keys.values() if key.authority == held.authority), None)
    names = authority or {"ar": held.authority, "en": held.authority}
    paper = Image.new("RGB", CARD, "#fdfcf7")
    draw = ImageDraw.Draw(paper)
    draw.rounded_rectangle((24, 24, CARD[0] - 24, CARD[1] - 24), 18, outline=_PURPLE, width=5)
    _text(draw, sentences.say("receipt_received", "ar"), "ar", 50, size=44, weight=800, fill=_PURPLE)
    _text(draw, sentences.say("receipt_received", "en"), "en", 62, size=28, weight=600, fill=_PURPLE)
    _text(draw, names["ar"], "ar", 122, size=34, weight=500)
    _text(draw, names["en"], "en", 128, size=28, weight=500)
    draw.line((_EDGE, 196, CARD[0] - _EDGE, 196), fill=_PURPLE, width=3)
    service = " · ".join(sentences.say(f"receipt_{part}", "ar") for part in held.service.split("."))
    rows = [("receipt_service", service), ("receipt_holder", held.holder), ("receipt_day", days.day_of(held.iat).isoformat())]
    for place, (label, value) in enumerate(rows):
        _text(draw, sentences.say(label, "ar"), "ar", 214 + 142 * place, size=24, weight=400, fill=_FAINT)
        _text(draw, value, "ar", 250 + 142 * place, size=40, weight=600, room=CARD[0] - _CODE - 3 * _EDGE)
    _stick(paper, code)
    _text(draw, held.number, "en", 660, size=26, weight=700)
    _text(draw, host, "en", 706, size=26, weight=500, fill=_FAINT)
    return paper


def _stick(paper: Image.Image, code: Code) -> None:
    dark = np.pad(code.modules, QUIET_ZONE)
    module = _CODE // len(dark)  # whole pixels: every module is as large as the others
    tile = np.where(dark, 0, 255).astype(np.uint8).repeat(module, 0).repeat(module, 1)
    paper.paste(Image.fromarray(tile), (_EDGE - 10, 240))


def take(printed: Image.Image, *, seed: int = 0) -> bytes:
    """Return a photograph of the card as JPEG. The same seed gives the same photograph."""
    random = np.random.default_rng(seed)
    wall = _wall(random)
    corners = _corners(random)
    source = np.array([[0, 0], [CARD[0], 0], [CARD[0], CARD[1]], [0, CARD[1]]], np.float32)
    view = cv2.getPerspectiveTransform(source, corners)
    paper = np.asarray(printed, np.uint8)[:, :, ::-1]
    seen = cv2.warpPerspective(np.ascontiguousarray(paper), view, PHOTO, flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.full((CARD[1], CARD[0]), 255, np.uint8), view, PHOTO, flags=cv2.INTER_LINEAR)
    shadow = cv2.GaussianBlur(np.roll(mask, (16, 12), (0, 1)), (0, 0), 14)
    scene = wall * (1 - 0.45 * shadow[:, :, None] / 255)
    share = mask[:, :, None] / 255
    return _develop(scene * (1 - share) + seen * share, random)


def _text(
    draw: ImageDraw.ImageDraw,
    text: str,
    language: Language,
    top: float,
    *,
    size: int,
    weight: int,
    fill: str = _INK,
    room: float = CARD[0] / 2 - _EDGE,
) -> None:
    fitted, face = lettering.fitted(text, room=room, size=size, least=14, weight=weight, language=language)
    edge = CARD[0] - _EDGE if language == "ar" else _EDGE
    lettering.write(draw, fitted, edge=edge, top=top - 0.35 * face.size, face=face, language=language, fill=fill)


def _wall(random: np.random.Generator) -> npt.NDArray[np.float64]:
    """Return a plastered wall in warm light."""
    width, height = PHOTO
    grain = cv2.resize(random.normal(0, 1, (height // 6, width // 6)), PHOTO, interpolation=cv2.INTER_CUBIC)
    patches = cv2.resize(random.normal(0, 1, (7, 9)), PHOTO, interpolation=cv2.INTER_CUBIC)
    shade = 1 + 0.02 * grain + 0.05 * patches
    plaster: npt.NDArray[np.float64] = shade[:, :, None] * np.array([118.0, 148.0, 172.0])
    return plaster


def _corners(random: np.random.Generator) -> npt.NDArray[np.float32]:
    """Return where the card's corners fall in the photograph: turned a little, and seen from the side and below."""
    turn = math.radians(-7 + random.uniform(-2, 2))
    square = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]]) * CARD * 0.9
    depth = 1 + (square @ [0.00022, -0.00012])
    rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    placed = (square / depth[:, None]) @ rotation.T + np.array(PHOTO) / 2 - (0, 40)
    return np.asarray(placed, np.float32)


def _develop(scene: npt.NDArray[np.float64], random: np.random.Generator) -> bytes:
    """Blur, smear, shade and grain the scene as a small lens in a moving hand does."""
    width, height = PHOTO
    blurred = cv2.GaussianBlur(scene, (0, 0), _BLUR)
    smear = np.eye(_SMEAR) / _SMEAR
    y, x = np.mgrid[0:height, 0:width]
    light = 1.08 - 0.35 * (x / width) - 0.3 * (((x - width / 2) / width) ** 2 + ((y - height / 2) / height) ** 2)
    grain = random.normal(0, _NOISE, (height, width, 1))
    exposed = np.clip(cv2.filter2D(blurred, -1, smear) * light[:, :, None] + grain, 0, 255).astype(np.uint8)
    _, jpeg = cv2.imencode(".jpg", exposed, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return jpeg.tobytes()
