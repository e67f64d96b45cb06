"""What custody refuses, with a stable code and a sentence in both languages."""

from __future__ import annotations

SENTENCES = {
    "custody_missing": ("لا يوجد مخزن مفاتيح هنا", "There is no key store here; run `khatm keys init` first"),
    "custody_exists": ("يوجد مخزن مفاتيح هنا بالفعل", "A key store is here already; nothing was changed"),
    "custody_corrupt": ("مخزن المفاتيح تالف", "The key store is corrupt"),
    "passphrase_wrong": ("عبارة المرور غير صحيحة", "The passphrase is wrong"),
    "passphrase_weak": ("عبارة المرور أقصر من 12 حرفاً", "The passphrase is shorter than 12 characters"),
    "path_missing": ("لا يوجد ملف أو مجلد بهذا الاسم", "There is no such file or folder"),
    "disk": ("خطأ في القرص", "The disk failed"),
    "passphrase_missing": ("لا يوجد ملف لعبارة المرور بهذا الاسم", "There is no such file with a passphrase"),
    "passphrase_unreadable": ("تعذرت قراءة عبارة المرور", "The passphrase cannot be read"),
    "key_unknown": ("مفتاح غير معروف", "No such key"),
    "key_open_to_others": ("ملف المفتاح مقروء لغير صاحبه", "The key file can be read by others; chmod 600 it"),
    "kids_exhausted": ("نفدت أرقام المفاتيح", "There are no free key numbers left"),
    "authority_invalid": ("رمز الجهة غير سليم", "An authority's code is a capital letter and one to three capitals or digits"),
    "area_invalid": ("نطاق الجهة غير سليم", "The area must be one GeoJSON Polygon without holes"),
    "catalogue_invalid": ("ملف الأنواع غير سليم", "The catalogue of types is not sound"),
    "governorate_missing": (
        "لا يُعرف لأي محافظة هذه المفاتيح",
        "Nobody said whose keys these are; give --prefix, --name-ar and --name-en, or a catalogue with a governorate",
    ),
    "prefix_invalid": (
        "البادئة قبل أرقام التراخيص غير سليمة",
        "The prefix before license numbers is a capital letter and one to three capitals or digits, and not APP",
    ),
    "governorate_name_invalid": (
        "اسم المحافظة غير سليم",
        "A governorate's name has 1 to 80 characters, no control characters, and no blank at either end",
    ),
    "type_unknown": ("نوع ترخيص غير معروف", "Unknown license type"),
}


def told(code: str, detail: str = "") -> str:
    """Return a code and its sentence in both languages, as commands tell it."""
    ar, en = SENTENCES[code]
    return f"{code}: {en} / {ar}" + (f" ({detail})" if detail else "")


def named(error: OSError) -> str:
    """Return what failed, and the path if there is one."""
    return ": ".join(str(part) for part in (error.filename, error.strerror) if part)


class CustodyError(Exception):
    """Custody cannot or will not do it. `code` is a key of SENTENCES; `detail` holds no secret."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
