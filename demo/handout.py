"""A page by plain HTTP that gives a phone the demo's certificate authority. Nothing else is on this port."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FILE_PATH = "/khatm-demo-ca.crt"
_PAGE = """<!doctype html>
<html lang="ar" dir="rtl"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Khatm demo</title>
<style>body{{font:1.1rem/1.7 sans-serif;max-width:34rem;margin:1rem auto;padding:0 1rem}}a{{font-size:1.3rem}}</style></head><body>
<h1>ختم: عرض تجريبي</h1>
<p>ثبّت شهادة العرض التجريبي على هاتفك ثم افتح الصفحة الآمنة. احذف الشهادة بعد التجربة: إعدادات ← الأمان ← الشهادات.</p>
<p><a href="{file}">1. الشهادة · certificate</a></p><p><a href="{base}/">2. <bdi dir="ltr">{base}</bdi></a></p>
<div lang="en" dir="ltr">
<h2>On Android</h2>
<p>Tap 1, then Settings → Security → Encryption &amp; credentials → Install a certificate → CA certificate.</p>
<h2>On an iPhone</h2>
<p>Tap 1, then Settings → Profile Downloaded → Install; then Settings → General → About → Certificate Trust Settings.</p>
<p>The certificate is good for {base} only, and for 30 days. Remove it after trying.</p>
</div></body></html>
"""


@contextmanager
def handing_out(authority: Path, *, host: str, base: str, port: int = 0) -> Iterator[str]:
    """Serve the authority's certificate on `host` while the context lasts; gives the address of the page that explains it."""
    page, certificate = _PAGE.format(file=FILE_PATH, base=base).encode(), authority.read_bytes()

    class Handler(BaseHTTPRequestHandler):
        """Two fixed answers."""

        timeout = 10

        def do_GET(self) -> None:
            """Answer with the page, or with the certificate."""
            if self.path == FILE_PATH:
                self._send(certificate, "application/x-x509-ca-cert")
            elif self.path == "/":
                self._send(page, "text/html; charset=utf-8")
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
