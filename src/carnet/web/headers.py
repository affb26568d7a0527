"""What every answer of the pages tells the browser: fetch nothing from elsewhere, keep nothing, frame nothing.

Content Security Policy level 3 (https://www.w3.org/TR/CSP3/). May import: nothing of the project.
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# No script at all: nothing that a document could bring into a page would run.
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# A deposited file, shown inside a page of ours. `sandbox` gives it an origin of its own.
FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'self'"
# Browsers draw a PDF with a viewer of their own, which a sandboxed frame may not start; that viewer is itself
# apart from our origin, and nosniff forbids reading the bytes as anything else.
PDF_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"

_ALWAYS = {
    "content-security-policy": PAGE_POLICY,
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
    "cache-control": "no-store",
}


class PageHeaders:
    """Adds the headers above where the answer has not set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI: pass on, with headers."""
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    headers.setdefault(name, value)
                if "frame-ancestors 'self'" in headers["content-security-policy"]:
                    headers["x-frame-options"] = "SAMEORIGIN"
            await send(message)

        await self._app(scope, receive, send_with_headers)
