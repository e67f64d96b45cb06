"""Everything that this package raises, in one tree. Each error has a stable `code`, the key of its sentences.

QrError
├── TextError      a text that cannot be written as one of our codes
├── PictureError   an uploaded picture that is refused
└── OutOfTimeError the reader's time was up before all steps were tried: not the same as "no code"
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


class QrError(Exception):
    """Base of all refusals of this package.

    `code` is stable and machine-readable, a key of `SENTENCES`; `detail` is for logs and never holds license data.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class TextError(QrError):
    """The text has not the shape of a seal, or no QR code is large enough for it."""


class PictureError(QrError):
    """The bytes are not a picture that we accept."""


class OutOfTimeError(QrError):
    """The deadline passed between two steps of the reader and no seal had been found until then."""

    def __init__(self, detail: str = "") -> None:
        super().__init__("reading_out_of_time", detail)


# Suggested sentences; whoever shows them may have better ones under the same codes.
SENTENCES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "text_shape": {
            "en": "This text does not have the shape of a seal.",
            "ar": "هذا النص ليس على هيئة ختم.",
        },
        "text_too_long": {
            "en": "This text is too long for one QR code.",
            "ar": "هذا النص أطول مما يسعه رمز واحد.",
        },
        "text_level": {
            "en": "A code is written with error level M or Q only.",
            "ar": "يُكتب الرمز بمستوى تصحيح M أو Q فقط.",
        },
        "module_size": {
            "en": "The size of a module is out of range.",
            "ar": "حجم وحدة الرمز خارج الحدود المسموح بها.",
        },
        "picture_empty": {
            "en": "The picture is empty: no bytes arrived.",
            "ar": "الصورة فارغة: لم يصل منها شيء.",
        },
        "picture_too_large": {
            "en": "The picture's file is larger than 10 MB. Send a smaller one, or a screenshot of it.",
            "ar": "ملف الصورة أكبر من 10 ميجابايت. أرسل صورة أصغر، أو لقطة شاشة لها.",
        },
        "picture_too_many_pixels": {
            "en": "The picture has too many pixels: JPEG may have 120 million, HEIC and AVIF 50, others 40. Send a smaller one.",
            "ar": "أبعاد الصورة أكبر من المسموح: 120 مليون بكسل لصيغة JPEG و50 لصيغتي HEIC وAVIF و40 لغيرها. أرسل صورة أصغر.",
        },
        "picture_too_many_pages": {
            "en": "This PDF has more than four pages. Send the page with the code alone.",
            "ar": "في هذا الملف أكثر من أربع صفحات. أرسل الصفحة التي عليها الرمز وحدها.",
        },
        "picture_costly": {
            "en": "Opening this file takes more time or memory than is allowed. Send a JPEG photograph or a screenshot.",
            "ar": "يحتاج فتح هذا الملف إلى وقت أو ذاكرة أكثر من المسموح. أرسل صورة بصيغة JPEG أو لقطة شاشة.",
        },
        "picture_format": {
            "en": "This is not a picture that we can open. Send JPEG, HEIC, PNG, WebP, AVIF, GIF, BMP, or a PDF.",
            "ar": "هذا الملف ليس صورة يمكن فتحها. أرسل صورة بصيغة JPEG أو HEIC أو PNG أو WebP أو AVIF أو GIF أو BMP، أو ملف PDF.",
        },
        "picture_truncated": {
            "en": "The picture is cut off: only a part of it arrived. Send it again.",
            "ar": "الصورة ناقصة: وصل جزء منها فقط. أعد إرسالها.",
        },
        "picture_unreadable": {
            "en": "The picture is damaged and cannot be opened.",
            "ar": "الصورة تالفة ولا يمكن فتحها.",
        },
        "reading_out_of_time": {
            "en": "Reading this picture took too long. Try again, closer to the code.",
            "ar": "استغرقت قراءة الصورة وقتًا أطول من المسموح. حاول مرة أخرى من مسافة أقرب.",
        },
    }
)

CODES = frozenset(SENTENCES)
