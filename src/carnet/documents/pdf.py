"""A small PDF with text, written by hand: for documents that the platform makes itself (demonstration, tests, bench).

One font that every reader has (Helvetica), Western letters only, no image. It is not PDF/A: no font is embedded.
May import: nothing of the project.
"""

from __future__ import annotations

from textwrap import wrap

_PAGE_LINES = 52
_LINE_CHARACTERS = 90
_ESCAPED = str.maketrans({"\\": r"\\", "(": r"\(", ")": r"\)"})


def text_pdf(title: str, paragraphs: tuple[str, ...]) -> bytes:
    """A title and paragraphs, on as many A4 pages as they need. The same words always give the same bytes."""
    lines = [line for paragraph in paragraphs for line in (*(wrap(paragraph, _LINE_CHARACTERS) or [""]), "")]
    pages = [lines[start : start + _PAGE_LINES] for start in range(0, len(lines), _PAGE_LINES)] or [[]]
    numbers = range(4, 4 + 2 * len(pages), 2)          # object of each page; its content comes next
    kids = " ".join(f"{number} 0 R" for number in numbers)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (fr-FR) >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for place, (number, page) in enumerate(zip(numbers, pages, strict=True)):
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {number + 1} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode(),
            _stream(title if place == 0 else "", page),
        ]
    return _file(objects)


def _stream(title: str, lines: list[str]) -> bytes:
    shown = [f"/F1 16 Tf 56 790 Td ({_literal(title)}) Tj 0 -28 Td"] if title else ["56 790 Td"]
    shown.append("/F1 10 Tf 14 TL")
    shown += [f"({_literal(line)}) Tj T*" for line in lines]
    data = ("BT\n" + "\n".join(shown) + "\nET").encode("cp1252", "replace")
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(data), data)


def _literal(text: str) -> str:
    return text.translate(_ESCAPED)


def _file(objects: list[bytes]) -> bytes:
    written = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    written += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    written += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(written)
