"""Addresses as clerks write them, and holders of other kinds than the sample's: what the sample of licenses has not.

Streets and quarters are Alexandria's (tests/data/alexandria_streets.csv). As with trade names, a quarter of them is held back from the
tables of version 2, so that what is measured on those was never seen (bench/tables.py).
"""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

SOURCE = Path(__file__).parent.parent / "tests/data/alexandria_streets.csv"
_EASTERN = {ord(str(digit)): chr(0x660 + digit) for digit in range(10)}
_FLOORS = ("الدور الأرضي", "الدور الأول", "الدور الثاني", "الدور الثالث", "الدور الأخير")
_UNITS = ("محل {}", "شقة {}", "مكتب {}", "وحدة {}", "مخزن {}")
_HOUSES = ("{} {street}", "{street}، عقار {}", "{} {street}", "عقار {} {street}", "{street} رقم {}")
_BESIDE = ("أمام", "بجوار", "خلف", "ناصية", "متفرع من", "تقاطع")
_LANDMARKS = (
    *("مسجد النور", "المدرسة الثانوية", "محطة القطار", "بنك مصر", "مستشفى الشفاء", "سنترال الحي", "نادي الصيد", "قسم الشرطة"),
    *("كوبري المشاة", "محطة الوقود", "مكتب البريد", "المجمع الطبي", "كلية الهندسة", "سوق الخضار", "محطة الترام", "حديقة الطفل"),
)
#: Persons, companies and strangers, of nobody's list.
HOLDERS = (
    *("شركة النيل الأزرق للتجارة والتوزيع ش.م.م", "الشركة المصرية اللبنانية للصناعات الغذائية", "ورثة المرحوم توفيق بسيوني الصباغ"),
    *("Delta Marine Trading Co. S.A.E.", "Mohamed A. El-Sherbiny & Sons", "Mediterranean Foods Ltd", "Nikolaos Papadopoulos"),
    *("Société Générale d'Épicerie", "Yıldız Tekstil", "أنطوان جورج حداد", "خوسيه مارتينيز لوبيز", "آن ماري ديبوا"),
    *("جمعية رعاية الطفولة والأمومة", "مؤسسة البدر للمقاولات العامة", "بنك الإسكندرية ش.م.م", "عبدالفتاح حمزة القاضي وشركاه"),
    *("شيرين بهجت فخري الدمنهوري", "هاني لبيب غطاس ميخائيل", "وجيه رزق الله إسكاروس", "نعمات عبدالجواد شلتوت", "رجائي عطا سليم"),
)


class Places(NamedTuple):
    """Names of streets, and of quarters."""

    streets: Sequence[str]
    areas: Sequence[str]


def held_out(name: str) -> bool:
    """Say whether a street or quarter belongs to the fourth part that the tables never see."""
    return sha256(name.encode()).digest()[2] % 4 == 3


@cache
def places(*, unseen: bool) -> Places:
    """Return the streets and quarters that the tables never see, or all others."""
    with SOURCE.open(encoding="utf-8", newline="") as stream:
        rows = [(row["kind"], row["name"]) for row in csv.DictReader(stream) if held_out(row["name"]) == unseen]
    return Places(*(tuple(name for kind, name in rows if kind == wanted) for wanted in ("street", "area")))


def address(chance: random.Random, known: Places) -> str:
    """Return an address as somebody might write it: house and street, quarter, and now and then a unit, a floor or a landmark."""
    street, area = chance.choice(known.streets), chance.choice(known.areas)
    parts = [chance.choice(_HOUSES).format(chance.randrange(1, 250), street=street), area]
    if chance.random() < 0.25:
        parts.insert(0, chance.choice(_UNITS).format(chance.randrange(1, 40)))
    if chance.random() < 0.25:
        parts.append(chance.choice(_FLOORS))
    if chance.random() < 0.2:
        parts.append(f"{chance.choice(_BESIDE)} {chance.choice(_LANDMARKS)}")
    text = "، ".join(parts)
    return text.translate(_EASTERN) if chance.random() < 0.15 else text
