"""A page by plain HTTP that gives a phone the demo's certificate authority, and shows a receipt. Nothing else is on this port."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FILE_PATH, RECEIPT_PATH = "/khatm-demo-ca.crt", "/receipt.png"
_PAGE = """<!doctype html>
<html lang="ar" dir="rtl"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Khatm demo</title>
<style>body{{font:1.1rem/1.7 sans-serif;max-width:34rem;margin:1rem auto;padding:0 1rem}}a{{font-size:1.3rem}}
img{{max-width:100%}}</style></head><body>
<h1>ختم: عرض تجريبي</h1>
<p>ثبّت شهادة العرض التجريبي على هاتفك ثم افتح الصفحة الآمنة. احذف الشهادة بعد التجربة: إعدادات ← الأمان ← الشهادات.</p>
<p><a href="{file}">1. الشهادة · certificate</a></p><p><a href="{base}/">2. <bdi dir="ltr">{base}</bdi></a></p>
<p>3. إيصال طلب لتجربة المسح (هو إيصال، وليس ترخيصاً): افتح هذه الصفحة على شاشة أخرى
ووجّه كاميرا التطبيق إليه، أو احفظ الصورة واخترها في التطبيق.
<span lang="en" dir="ltr">A receipt to try: open this page on another screen and scan it,
or save the picture and choose it in the app.</span></p>
<p><img src="{receipt}" alt="إيصال طلب · the receipt of an application"></p>
<div lang="en" dir="ltr">
<h2>On Android</h2>
<p>Tap 1, then Settings → Security → Encryption &amp; credentials → Install a certificate → CA certificate.</p>
<h2>On an iPhone</h2>
<p>Tap 1, then Settings → Profile Downloaded → Install; then Settings → General → About → Certificate Trust Settings.</p>
<p>The certificate is good for {base} only, and for 30 days. Remove it after trying.</p>
</div></body></html>
"""


@contextmanager
def handing_out(authority: Path, receipt: Path, *, host: str, base: str, port: int = 0) -> Iterator[str]:
    """Serve the authority's certificate and a picture of a receipt on `host` while the context lasts; gives the address of the page."""
    page = _PAGE.format(file=FILE_PATH, base=base, receipt=RECEIPT_PATH).encode()
    answers = {
        "/": (page, "text/html; charset=utf-8"),
        FILE_PATH: (authority.read_bytes(), "application/x-x509-ca-cert"),
        RECEIPT_PATH: (receipt.read_bytes(), "image/png"),
    }

    class Handler(BaseHTTPRequestHandler):
        """Fixed answers."""

        timeout = 10

        def do_GET(self) -> None:
            """Answer with the page, the certificate or the picture."""
            if self.path in answers:
                self._send(*answers[self.path])
            else:
                self.send_error(404)

        def _send(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: who asks is nobody's business."""

    with ThreadingHTTPServer((host, port), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{host}:{server.server_port}/"
        server.shutdown()
