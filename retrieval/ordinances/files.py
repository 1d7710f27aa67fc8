"""The text of a delivered file, whatever its kind: .txt, .md, .docx, .pdf or .html.

A file is what its contents are. Where its name says something else it is refused, so that nobody's mistake is read as
a law.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from retrieval.errors import BadOrdinance

#: The longest law has about 1260 articles and 130,000 signs; ten times that is no ordinance.
LARGEST_TEXT = 4_000_000
#: Fonts and pictures make files large whose text is short.
LARGEST_FILE = 64_000_000

_KINDS = {
    ".txt": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "page",
    ".htm": "page",
    ".docx": "word",
    ".pdf": "pdf",
}
_OTHERS = {
    **dict.fromkeys((".doc", ".wps", ".rtf", ".odt"), "old_word"),
    **dict.fromkeys((".xls", ".xlsx", ".et", ".csv"), "spreadsheet"),
    **dict.fromkeys((".ppt", ".pptx"), "slides"),
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".heic"), "picture"),
    **dict.fromkeys((".zip", ".rar", ".7z", ".gz", ".tar"), "archive"),
}
_MAGIC = (
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"BM", "picture"),
    (b"II*\x00", "picture"),
    (b"MM\x00*", "picture"),
    (b"\xd0\xcf\x11\xe0", "old_word"),
    (b"{\\rtf", "old_word"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"\x1f\x8b", "archive"),
)
_PAGE = re.compile(
    rb"^\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body|meta|div|p|table)[\s>]", re.I | re.S
)
_FRONT_MATTER = re.compile(r"\A\ufeff?---\s*\n.*?\n---\s*\n", re.DOTALL)
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!>~|])")
_READABLE = frozenset({"text", "markdown", "page", "word", "pdf"})


@dataclass(frozen=True)
class Contents:
    """What was read.

    Attributes:
        text: one paragraph per line, in the file's order.
        kind: ``text``, ``markdown``, ``page``, ``word`` or ``pdf``.
        pictures: numbers of the pages of a PDF that hold only a picture: nothing could be read there.
    """

    text: str
    kind: str
    pictures: tuple[int, ...] = ()


def read_file(file: Path) -> Contents:
    """Read a file.

    Raises:
        BadOrdinance: ``problem`` says why (``wording`` has a sentence for each under ``retrieval.problem.<problem>``):
            ``unreadable``, ``too_large``, ``empty``, ``encoding``, ``broken``, ``encrypted``, ``scanned``, ``garbled``,
            ``too_many_pages``; ``wrong_suffix`` (name and contents are of different kinds), ``unsupported`` and the
            kinds that cannot be read: ``old_word``, ``spreadsheet``, ``slides``, ``picture``, ``archive``, ``binary``.
    """
    try:
        return _read(file)
    except BadOrdinance as error:
        problem = str(error.parameters.get("problem", "broken"))
        raise BadOrdinance(f"{file.name}: {error}", file=file.name, problem=problem) from None


def _read(file: Path) -> Contents:
    named = _KINDS.get(file.suffix.lower())
    content = _bytes_of(file)
    found = _kind_of(content)
    if named is None:
        kind = _OTHERS.get(file.suffix.lower(), found if found not in _READABLE else "unsupported")
        raise BadOrdinance(f"cannot be read ({kind})", problem=kind)
    if found not in _READABLE:
        raise BadOrdinance(f"cannot be read ({found})", problem=found)
    alike = {"text", "markdown", "page"} if named == "page" else {"text", "markdown"}
    if found != named and not (found in alike and named in alike):
        # A truncated or empty container has no kind of its own any more.
        broken = named in ("word", "pdf") and found == "text"
        raise BadOrdinance(f"its contents are {found}", problem="broken" if broken else "wrong_suffix")
    if named == "word":
        from retrieval.ordinances.word import read_word

        return _checked(Contents(read_word(content), named))
    if named == "pdf":
        from retrieval.ordinances.pdf import read_pdf

        text, pictures = read_pdf(content)
        return _checked(Contents(text, named, pictures))
    if len(content) > LARGEST_TEXT * 2:
        raise BadOrdinance("too large for an ordinance", problem="too_large")
    try:
        if named == "page":
            from retrieval.ordinances.page import decode_page, read_page

            return _checked(Contents(read_page(decode_page(content)), named))
        text = _decode(content)
    except UnicodeDecodeError:
        raise BadOrdinance("neither UTF-8 nor GB 18030", problem="encoding") from None
    return _checked(Contents(_without_markdown(text) if named == "markdown" else text, named))


def _bytes_of(file: Path) -> bytes:
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise BadOrdinance("too large for an ordinance", problem="too_large")
        content = file.read_bytes()
    except OSError as error:
        raise BadOrdinance(str(error.strerror), problem="unreadable") from None
    if not content.strip():
        raise BadOrdinance("empty", problem="empty")
    return content


def _checked(contents: Contents) -> Contents:
    if len(contents.text) > LARGEST_TEXT:
        raise BadOrdinance("too large for an ordinance", problem="too_large")
    return contents


def _kind_of(content: bytes) -> str:
    """What the contents are: a readable kind, another one by its name, or ``binary``."""
    head = content[:1024]
    if b"%PDF-" in head:
        return "pdf"
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        # The names of a container's parts stand in it uncompressed.
        for name, kind in ((b"word/", "word"), (b"xl/", "spreadsheet"), (b"ppt/", "slides")):
            if name in content:
                return kind
        return "archive"
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "picture"
    if _PAGE.match(head.removeprefix(b"\xef\xbb\xbf")):
        return "page"
    if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "binary"
    return "text"


def _decode(content: bytes) -> str:
    encodings = ["utf-8-sig", "gb18030"]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings.insert(0, "utf-16")
    for encoding in encodings[:-1]:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode(encodings[-1])


def _without_markdown(text: str) -> str:
    """Without front matter, emphasis, quotation marks of lines and escapes; headings keep their words."""
    text = _FRONT_MATTER.sub("", text.replace("\r\n", "\n"))
    text = re.sub(r"(?m)^\s*>\s?", "", text)
    text = re.sub(r"(?m)^(#{1,6}\s+)", "", text)
    return _ESCAPE.sub(r"\1", _EMPHASIS.sub(r"\2", text))
