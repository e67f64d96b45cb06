"""Why the demo stops, each with a stable code and a sentence in both languages."""

from __future__ import annotations

SENTENCES = {
    "folder_not_ours": (
        "المجلد ليس من صنع العرض التجريبي، ولن يُحذف",
        "The folder was not made by the demo, so it is left alone; name another one with --dir",
    ),
    "folder_in_use": (
        "عرض تجريبي آخر يستخدم هذا المجلد",
        "Another demo is using this folder; end it, or name another one with --dir",
    ),
    "port_taken": ("المنفذ مستخدم", "The port is taken; name another one with --port"),
    "no_address": (
        "لا يوجد عنوان على شبكة محلية",
        "This machine has no address on a local network; name one with --address",
    ),
    "address_invalid": ("العنوان ليس عنوان IPv4 لهذا الجهاز", "This is not an IPv4 address of this machine"),
    "lan_only": ("هذا الخيار مع --lan فقط", "--address goes with --lan"),
    "sample_refused": ("رُفضت صفوف من العينة", "Rows of the demo's own sample were refused"),
    "sample_unfit": ("العينة ناقصة", "The sample lacks a license that the demo needs"),
    "photo_unreadable": ("لم يُقرأ الرمز في الصورة", "The code in the photograph was not read"),
    "receipt_missing": ("لا إيصال لهذا الطلب", "The office signed no receipt for this application"),
    "receipt_unreadable": ("لم يُقرأ الرمز على الإيصال", "The code on the printed receipt was not read"),
    "verdict_unexpected": ("نتيجة غير متوقعة", "A verdict is not the one that it must be"),
    "service_failed": ("تعذر تشغيل الخدمة", "The service did not start, or ended by itself"),
    "disk": ("تعذرت الكتابة على القرص", "The disk refused"),
}


class DemoError(Exception):
    """The demo cannot go on. `code` is a key of SENTENCES."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
