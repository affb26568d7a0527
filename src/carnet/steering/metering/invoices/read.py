"""An invoice in whatever form it came: CSV, or XML of EN 16931. Pure."""

from __future__ import annotations

from carnet.errors import InvalidInput, TooLarge
from carnet.steering.metering.invoices.csv_file import read_csv
from carnet.steering.metering.invoices.faults import fault
from carnet.steering.metering.invoices.invoice import Invoice
from carnet.steering.metering.invoices.xml_file import LIMIT_BYTES, read_xml


def read_invoice(content: bytes) -> Invoice:
    """The invoice in these bytes. Raises InvalidInput with every mistake, TooLarge."""
    if len(content) > LIMIT_BYTES:
        raise TooLarge(LIMIT_BYTES)
    if content.startswith(b"%PDF"):
        # docs/decisions/0025: nothing of ours opens what is packed in a PDF.
        raise InvalidInput(fault("pdf"))
    is_xml = content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")
    return read_xml(content) if is_xml else read_csv(content)


def media_type_of(content: bytes) -> str:
    """What kind of file was read."""
    return "application/xml" if content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<") else "text/csv"
