"""Writing CDA elements in the order one reads them: `E.name(E.family("X"), use="L")`.

Like the library's ElementMaker, but typed, and three times as fast since it makes one kind of element only.
May import: nothing of the project but the namespace.
"""

from __future__ import annotations

from typing import Protocol

from lxml import etree

from carnet.documents.cda_read import HL7

_NAMESPACES: dict[str | None, str] = {None: HL7}


class _Make(Protocol):
    def __call__(self, *children: etree._Element | str, **attributes: str) -> etree._Element: ...


class _Elements:
    """Its attributes are makers of the element of that name."""

    def __getattr__(self, name: str) -> _Make:
        def make(*children: etree._Element | str, **attributes: str) -> etree._Element:
            return element(name, *children, **attributes)

        return make


def element(name: str, *children: etree._Element | str, **attributes: str) -> etree._Element:
    """An element of HL7 with its children; a text may only come first, alone."""
    # The stubs forget that None names the default namespace.
    made = etree.Element(f"{{{HL7}}}{name}", attributes, nsmap=_NAMESPACES)  # type: ignore[arg-type]
    for child in children:
        if isinstance(child, str):
            made.text = child
        else:
            made.append(child)
    return made


E = _Elements()
