"""What a license may say at most: names as long as the format lets them be."""

from datetime import date

LONGEST = {
    "trade_name": ("شركة الأندلس الدولية للتجارة والتوريدات والمقاولات العامة والاستيراد والتصدير " * 2)[:80].strip(),
    "holder": ("عبد الرحمن محمد عبد العزيز إبراهيم السيد حسن الإسكندراني وشركاه Alexandria " * 2)[:80].strip(),
    "address": ("شارع جمال عبد الناصر، عقار 1234، الدور الأرضي، محل 7، بجوار مدرسة العروة الوثقى، المندرة بحري " * 2)[:120].strip(),
    "activity": "بيع وتجهيز الأسماك والمأكولات البحرية"[:40],
    "type": "advertisement",
    "details": {"width_cm": 19_999, "height_cm": 1_234, "faces": 20},
    "last_day": date(2026, 12, 31),
}
