"""Public laws as websites print them, composed from the articles of ../shared/data/statutes.jsonl.gz.

    .venv/bin/python -m tests.fakes.statutes [--laws N] [--show N]

reads all of them (or N, drawn by a fixed seed) with the importer, stores them as Markdown, reads them again, compares
every article sign by sign, and prints the rates that docs/decisions/011-ingestion.md tells.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from retrieval.errors import BadOrdinance
from retrieval.ordinances.check import check_text
from retrieval.ordinances.importer import About, read_ordinance
from retrieval.ordinances.markdown import dump, parse
from retrieval.ordinances.numerals import to_int

FILE = Path(__file__).parents[3] / "shared" / "data" / "statutes.jsonl.gz"
SEED = 20240926
# The collection took the heading that follows an article for its last line.
_STRAY_HEADING = re.compile(r"\n\s*([总分附]\s*则|第[一二三四五六七八九十百]+[编章节].{0,30})\s*$")
# It also took attachments for paragraphs of the last article.
_ATTACHMENT = re.compile(r"\n\s*附\s*([件表录图]|[:：])(?!.*\n第.{1,8}条　).*", re.DOTALL)
#: The stated normalisation of lines (docs/decisions/011), written independently of the importer.
_DROPPED = re.compile("[\u200b-\u200f\ufeff\u00ad\x07]|^[\\s\ue000-\uf8ff]+|[\\s\ue000-\uf8ff]+$", re.MULTILINE)


@dataclass(frozen=True)
class Law:
    """A law: its title and its articles as (label, heading before it, text)."""

    title: str
    articles: tuple[tuple[str, str, str], ...]

    @property
    def paragraphs(self) -> Iterator[tuple[str, str]]:
        """What a page prints line by line: (kind, text), kind being title, heading, article or text."""
        yield "title", self.title
        last = ""
        for label, heading, text in self.articles:
            if heading and heading != last:
                yield "heading", heading
                last = heading
            first, *rest = text.split("\n")
            yield "article", f"{label}　{first}"
            yield from (("text", line) for line in rest)

    @property
    def text(self) -> str:
        return "\n".join(text for _, text in self.paragraphs) + "\n"


def signs(text: str) -> str:
    """The signs that must come out as they went in."""
    return re.sub(r"\s", "", _DROPPED.sub("", text))


def _order(label: str) -> tuple[int, int]:
    number, _, inserted = label.partition("条")
    return to_int(number.removeprefix("第")) or 0, to_int(inserted.removeprefix("之")) or 0


@lru_cache(maxsize=1)
def laws() -> tuple[Law, ...]:
    """Every law of the collection whose labels stand once each, in the order of its articles."""
    rows: dict[tuple[str, str, str], list[tuple[str, str, str]]] = defaultdict(list)
    with gzip.open(FILE, "rt", encoding="utf-8") as stream:
        for line in stream:
            row = json.loads(line)
            text = _STRAY_HEADING.sub("", _ATTACHMENT.sub("", row["text"]).strip("\n"))
            rows[row["law"], row["date"] or "", row["category"]].append(
                (row["article"], (row["chapter"] or "").rstrip("。"), text)
            )
    return tuple(
        Law(title, tuple(sorted(articles, key=lambda article: _order(article[0]))))
        for (title, _, _), articles in rows.items()
        if len({label for label, _, _ in articles}) == len(articles)
    )


def sample(count: int, seed: int = SEED) -> list[Law]:
    """So many laws, always the same."""
    return random.Random(seed).sample(laws(), min(count, len(laws())))


def differing(law: Law, text: str | None = None) -> list[str]:
    """The labels of those articles that do not come out as they went in, from ``text`` (by default ``law.text``)."""
    try:
        document = read_ordinance(law.text if text is None else text, About("law", law.title, "某地"))
    except BadOrdinance:
        return [label for label, _, _ in law.articles]
    stored = parse(dump(document))
    if stored != document:
        raise AssertionError(f"{law.title}: stored is not what was read")
    read = {article.label: signs(article.text) for article in stored.articles}
    return [label for label, _, text in law.articles if read.get(label) != signs(text)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--laws", type=int, default=10_000)
    parser.add_argument("--show", type=int, default=0, help="so many examples of each kind")
    options = parser.parse_args()
    chosen = sample(options.laws)
    wrong = [(law.title, label) for law in chosen for label in differing(law)]
    findings: dict[str, list[str]] = defaultdict(list)
    alarmed = 0
    for law in chosen:
        found = check_text(law.text, (), law.title)
        alarmed += bool(found)
        for code in Counter(finding.code for finding in found):
            first = next(finding for finding in found if finding.code == code)
            findings[code].append(f"{law.title} {first.article} {first.parameters}")
    articles = sum(len(law.articles) for law in chosen)
    print(f"{len(chosen)} laws, {articles} articles; not as they went in: {len(wrong)} ({len(wrong) / articles:.4%})")
    print(f"laws with a finding: {alarmed} ({alarmed / len(chosen):.2%})")
    for code, titles in sorted(findings.items(), key=lambda item: -len(item[1])):
        print(f"  {code:20} {len(titles):5} ({len(titles) / len(chosen):.2%})")
        for title in titles[: options.show]:
            print("     ", title[:200])
    for title, label in wrong[: options.show * 10]:
        print("differs:", title, label)


if __name__ == "__main__":
    main()
