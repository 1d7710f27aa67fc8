"""Retrieval at any size: ``python -m bench.scale`` (``--quick`` leaves out what takes minutes).

Each size is measured in a process of its own on one core: seconds to build, memory, milliseconds per answer (question,
search, and quotations verified). Sizes beyond the public articles are filled with copies that have words exchanged.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from tqdm import tqdm

from bench.corpus import copies, laws, library_of
from bench.machine import description, memory_mib
from bench.peer import measure, quantile
from bench.plot import growth
from bench.rivals import RIVALS
from retrieval.encoder import load_encoder
from retrieval.evaluation import read_cases
from retrieval.index import DenseIndex
from retrieval.library import Library
from retrieval.live import give_back_memory
from retrieval.ordinances.model import Document
from retrieval.passages import passages_of
from retrieval.search import Search
from retrieval.training_data import ROOT, data_folder

CASES = ROOT / "knowledge" / "tuning" / "retrieval.jsonl"
CURATED = ROOT / "knowledge" / "ordinances"
ALL_ARTICLES = 147_155
PLOT = ROOT / "bench" / "results" / "scale.svg"
SIZES = (100, 1_000, 10_000, 100_000, ALL_ARTICLES, 1_000_000)
"""Passages; ``ALL_ARTICLES`` stands for that many articles, each with the passages of its paragraphs."""
BUDGETS = {
    (1_000, "p50_ms"): 5.0,
    (ALL_ARTICLES, "p95_ms"): 20.0,
    (ALL_ARTICLES, "build_s"): 300.0,
    (ALL_ARTICLES, "mib_after"): 600.0,
}
"""What the project promises by size, on one idle core."""
RIVALS_UP_TO = 100_000
"""Passages; LSA takes minutes beyond."""
TODAY = date(2026, 11, 20)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only up to 10,000 passages")
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results" / "scale.json")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one is not None:
        print(json.dumps(one_size(options.one)))
        return
    figures = {"machine": description(), **scale(quick=options.quick)}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(figures, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    print(table(figures))


def scale(*, quick: bool) -> dict[str, Any]:
    """Growth, and quality beside others on the five texts. Without the public articles only the latter."""
    figures: dict[str, Any] = {"quality": quality()}
    if not (data_folder() / "statutes.jsonl.gz").exists():
        return {**figures, "sizes": [], "skipped": f"the public articles are not in {data_folder()}"}
    figures["sizes"] = []
    for size in [size for size in SIZES if not quick or size <= 10_000]:
        done = subprocess.run(
            [sys.executable, "-m", "bench.scale", "--one", str(size)], stdout=subprocess.PIPE, cwd=ROOT, check=True
        )
        figures["sizes"].append(json.loads(done.stdout.splitlines()[-1]))
    PLOT.write_text(growth(figures["sizes"]), encoding="utf-8")
    return figures


def one_size(size: int) -> dict[str, Any]:
    """Ours and the others' figures at one size, on one core."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    encoder = load_encoder()
    encoder.encode(["先热身"] * 64)
    before = _resident()
    library = filled(size)
    queries = [case.query for case in read_cases(CASES)]
    with tqdm(desc=f"{size} passages", unit="", leave=False, disable=not sys.stderr.isatty()) as bar:

        def progress(done: int, of: int) -> None:
            bar.total = of
            bar.update(done - bar.n)

        watch = Watch()
        dense = DenseIndex(passages_of(library), encoder, progress=progress)
        search = Search(library, dense, today=lambda: TODAY)
        give_back_memory()
        built = watch.read()
    ours = {**built, "mib": _resident() - before, **timed(search.answer, queries)}
    ours["mib_after"], ours["mib_process"] = _resident() - before, _resident()
    row = {
        "size": size,
        "passages": search.size,
        "articles": sum(len(d.articles) for d in library.documents.values()),
        "ours": ours,
    }
    if size <= RIVALS_UP_TO:
        texts = [article.text for document in library.documents.values() for article in document.articles]
        del search, dense
        for name, build in RIVALS.items():
            give_back_memory()
            before, watch = _resident(), Watch()
            rank = build(texts)
            row[name] = {**watch.read(), "mib": max(0, _resident() - before), **timed(partial(rank, count=10), queries)}
            del rank
    return row


class Watch:
    """Seconds of work, as they pass and as the processor gives them: a busy machine stretches only the former."""

    def __init__(self) -> None:
        self._began = time.perf_counter(), time.process_time()

    def read(self) -> dict[str, float]:
        passed, worked = time.perf_counter() - self._began[0], time.process_time() - self._began[1]
        return {"build_s": round(passed, 1), "build_cpu_s": round(worked, 1)}


def filled(size: int) -> Library:
    """A library of public laws with about so many passages; see ``SIZES``."""
    documents = list(laws(data_folder()))
    nothing = Library({})
    if size == ALL_ARTICLES:
        return library_of(documents, size, nothing)
    taken: list[Document] = []
    left = size
    for document in chain(documents, copies(documents)):
        taken.append(document)
        left -= len(passages_of(Library({document.id: document})))
        if left <= 0:
            break
    articles = sum(len(document.articles) for document in taken) + min(0, left) // 2
    return library_of(taken, articles, nothing)


def timed(ask: Callable[[str], object], queries: Sequence[str]) -> dict[str, float]:
    """Milliseconds per question: as a person waits, and of the processor alone, which a busy machine changes less."""
    waited, worked = [], []
    for query in queries[:20]:
        ask(query)
    for query in queries:
        wall, work = time.perf_counter(), time.thread_time()
        ask(query)
        waited.append((time.perf_counter() - wall) * 1000)
        worked.append((time.thread_time() - work) * 1000)
    both = {"ms": waited, "cpu_ms": worked}
    return {
        f"{name}_{unit}": round(quantile(values, share), 2)
        for unit, values in both.items()
        for name, share in (("p50", 0.5), ("p95", 0.95))
    }


def quality() -> dict[str, Any]:
    """hit@1, hit@3, MRR and milliseconds on the questions of the tuning set, each within its own place's texts."""
    library = Library.load(CURATED)
    search = Search(library, DenseIndex(passages_of(library), load_encoder()), today=lambda: TODAY)
    cases = read_cases(CASES)
    articles = [article for document in library.documents.values() for article in document.articles]
    keys = [(article.document, article.key) for article in articles]

    def ours(query: str, place: str | None) -> list[tuple[str, int]]:
        return [(hit.document, hit.article) for hit in search.search(query, place).hits]

    found = {"ours": vars(measure(ours, cases))}
    for name, build in RIVALS.items():
        rank = build([article.text for article in articles])

        def theirs(query: str, place: str | None, rank: Any = rank) -> list[tuple[str, int]]:
            best = [keys[number] for number in rank(query, len(keys))]
            return list(_own(best, library, place))[:10]

        found[name] = vars(measure(theirs, cases))
    return {name: {key: round(value, 3) for key, value in figures.items()} for name, figures in found.items()}


def _own(keys: Sequence[tuple[str, int]], library: Library, place: str | None) -> Iterator[tuple[str, int]]:
    levels = library.places.chain(place) if place else library.places.jurisdictions
    return (key for key in keys if library.documents[key[0]].jurisdiction in levels)


def budgets(figures: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Those of the sizes that were measured, each with whether it was kept."""
    found = {}
    for row in figures["sizes"]:
        for (size, what), most in BUDGETS.items():
            if row["size"] == size:
                measured = row["ours"][what]
                found[f"{size} {what}"] = {"budget": most, "measured": measured, "kept": measured <= most}
    return found


def _resident() -> int:
    gc.collect()
    return round(memory_mib(os.getpid())["rss"])


def table(figures: dict[str, Any]) -> str:
    """The figures as text."""
    lines = [f"{'five texts, own place':<24}{'hit@1':>8}{'hit@3':>8}{'MRR':>8}{'p50 ms':>8}{'p95 ms':>8}"]
    for name, one in figures["quality"].items():
        lines.append(
            f"{name:<24}" + "".join(f"{one[key]:>8.3f}" for key in ("hit1", "hit3", "mrr", "p50_ms", "p95_ms"))
        )
    if "skipped" in figures:
        return "\n".join([*lines, f"growth: skipped, {figures['skipped']}"])
    columns = ("build_s", "build_cpu_s", "mib", "p50_ms", "p95_ms", "p50_cpu_ms", "p95_cpu_ms")
    lines += ["", f"{'passages':>9}{'articles':>9}  {'':<20}" + "".join(f"{name:>12}" for name in columns)]
    for row in figures["sizes"]:
        for name in ("ours", *RIVALS):
            if name in row:
                cells = "".join(f"{row[name][column]:>12g}" for column in columns)
                lines.append(f"{row['passages']:>9}{row['articles']:>9}  {name:<20}{cells}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
