"""PDF files made by hand: text at given places in a Chinese font that is not embedded, pictures, a password."""

from __future__ import annotations

from collections.abc import Sequence

Placed = tuple[float, float, str]
"""Points from the left and from the bottom of an A4 page, and the text."""


def pdf(pages: Sequence[Sequence[Placed] | None], size: int = 12, encrypted: bool = False) -> bytes:
    """A document with these pages; None is a page that is only a picture."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>"
        % (b" ".join(b"%d 0 R" % (6 + 2 * i) for i in range(len(pages))), len(pages)),
        b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[4 0 R]>>",
        b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/DW 1000"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>>>",
        b"<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Length 1>>"
        b"stream\n\x80\nendstream",
    ]
    for number, page in enumerate(pages):
        content = b"q 500 0 0 700 40 60 cm /I Do Q"
        if page is not None:
            content = b"".join(
                b"BT /F %d Tf %.2f %.2f Td <%s> Tj ET\n" % (size, x, y, text.encode("utf-16-be").hex().encode())
                for x, y, text in page
            )
        objects += [
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R"
            b"/Resources<</Font<</F 3 0 R>>/XObject<</I 5 0 R>>>>>>" % (7 + 2 * number),
            b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        ]
    if encrypted:
        # Keys that fit no password at all.
        objects.append(b"<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>" % (b"ab" * 32, b"cd" * 32))
    out, places = b"%PDF-1.4\n", []
    for index, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (index, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    more = b"/Encrypt %d 0 R/ID[<%s><%s>]" % (len(objects), b"00" * 16, b"00" * 16) if encrypted else b""
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n"
        % (len(objects) + 1, table, len(objects) + 1, more, len(out))
    )


def printed(paragraphs: Sequence[str], head: str = "", lines: int = 30, width: int = 36) -> bytes:
    """Paragraphs set as books are: first lines indented by two signs, ``width`` signs a line, ``lines`` lines a page,
    a head and a page number on each."""
    rows: list[tuple[int, str]] = []
    for text in paragraphs:
        rows.append((2, text[: width - 2]))
        rows += [(0, text[start : start + width]) for start in range(width - 2, len(text), width)]
    pages = []
    for number, start in enumerate(range(0, len(rows), lines), start=1):
        page: list[Placed] = [
            (80 + 12 * indent, 740 - 20 * row, text) for row, (indent, text) in enumerate(rows[start : start + lines])
        ]
        pages.append([*([(250.0, 800.0, head)] if head else []), *page, (290.0, 40.0, f"- {number} -")])
    return pdf(pages)
