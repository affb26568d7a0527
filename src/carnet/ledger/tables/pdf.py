"""A report of lines as PDF, written page by page: columns in a font of one width, landscape A4.

By hand, as documents/pdf.py is: a table of figures needs no more than a fixed font, and it is written as it comes.
"""

from __future__ import annotations

from typing import BinaryIO

PAGE_LINES, LINE_CHARACTERS = 58, 155
_ESCAPED = str.maketrans({"\\": r"\\", "(": r"\(", ")": r"\)"})
_CATALOGUE, _PAGES, _FONT = 1, 2, 3


class PdfLines:
    """A PDF that is being written: lines of text, and the same heading on each page."""

    def __init__(self, file: BinaryIO, heading: str) -> None:
        self._file, self._heading = file, heading
        self._offsets: dict[int, int] = {}
        self._kids: list[int] = []
        self._lines: list[str] = []
        self._at = 0
        self._write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
        self._object(_CATALOGUE, b"<< /Type /Catalog /Pages 2 0 R /Lang (fr-FR) >>")
        self._object(_FONT, b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>")

    def __enter__(self) -> PdfLines:
        return self

    def __exit__(self, raised: object, *_: object) -> None:
        if raised is None:
            self._close()

    def line(self, text: str = "") -> None:
        """One more line; what does not fit into it is cut."""
        self._lines.append(text[:LINE_CHARACTERS])
        if len(self._lines) == PAGE_LINES:
            self._page()

    def _page(self) -> None:
        number = _FONT + 1 + 2 * len(self._kids)
        shown = [f"{self._heading[:LINE_CHARACTERS - 8]}  {len(self._kids) + 1:>5}", "", *self._lines]
        drawn = "".join(f"({line.translate(_ESCAPED)}) Tj T*\n" for line in shown)
        content = f"BT\n/F1 8 Tf 9 TL 42 560 Td\n{drawn}ET".encode("cp1252", "replace")
        self._object(
            number, b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 842 595] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % (number + 1))
        self._object(number + 1, b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        self._kids.append(number)
        self._lines = []

    def _close(self) -> None:
        if self._lines or not self._kids:
            self._page()
        kids = " ".join(f"{number} 0 R" for number in self._kids)
        self._object(_PAGES, f"<< /Type /Pages /Kids [{kids}] /Count {len(self._kids)} >>".encode())
        start, size = self._at, len(self._offsets) + 1
        self._write(b"xref\n0 %d\n0000000000 65535 f \n" % size)
        for number in range(1, size):
            self._write(b"%010d 00000 n \n" % self._offsets[number])
        self._write(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start))

    def _object(self, number: int, body: bytes) -> None:
        self._offsets[number] = self._at
        self._write(b"%d 0 obj\n%s\nendobj\n" % (number, body))

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._at += len(data)
