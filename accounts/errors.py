"""Why somebody is not let in, or an account cannot be changed: stable codes, each with a sentence in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SENTENCES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "sign_in_refused": ("الاسم أو كلمة المرور غير صحيحة", "The name or the password is not right"),
        "code_refused": ("الرمز غير صحيح أو انتهت صلاحيته", "The code is not right, or no longer"),
        "wait": ("محاولات كثيرة؛ انتظر قليلًا ثم أعد المحاولة", "Too many attempts; wait a little and try again"),
        "invitation_refused": (
            "الدعوة غير صالحة أو انتهت؛ اطلب دعوة جديدة",
            "The invitation is not valid, or no longer; ask for a new one",
        ),
        "account_name_invalid": (
            "اسم الحساب: من 3 إلى 32 حرفًا لاتينيًا صغيرًا أو رقمًا",
            "An account's name has 3 to 32 small letters, digits, . _ or -",
        ),
        "account_name_taken": ("اسم الحساب مستخدم", "The account's name is taken"),
        "account_unknown": ("لا يوجد حساب بهذا الاسم", "There is no account of that name"),
        "display_invalid": ("اكتب اسم الموظف، حتى 100 حرف", "Give the person's name, up to 100 characters"),
        "role_unknown": ("الدور غير معروف", "There is no such role"),
        "authority_unknown": ("الجهة غير معروفة", "There is no such authority"),
        "grant_refused": (
            "لا يغيّر حسابًا إلا مسؤول حسابات جهته، ولا يغيّر أحد حسابه بنفسه",
            "Only an administrator of its authority changes an account, and nobody their own",
        ),
        "password_short": ("كلمة المرور 12 حرفًا على الأقل", "A password has at least 12 characters"),
        "password_long": ("كلمة المرور 128 حرفًا على الأكثر", "A password has at most 128 characters"),
        "password_easy": ("كلمة المرور سهلة التخمين", "The password is easy to guess"),
    }
)


class AccountError(Exception):
    """`code` is a key of SENTENCES. `wait_seconds` says how long `wait` lasts."""

    def __init__(self, code: str, *, wait_seconds: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.wait_seconds = wait_seconds
