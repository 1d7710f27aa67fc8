"""``make bench``: latency, start, memory and retrieval beside a peer, as a table and as JSON in ``bench/results/``."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import opening
from bench import scale
from bench.machine import description
from bench.peer import compare
from bench.turns import five_turns, long_conversation, questions, serving
from settings import ROOT, Settings

RESULTS = ROOT / "bench" / "results"
CASES = ROOT / "knowledge" / "evaluation" / "retrieval.jsonl"
BUDGETS = {
    "ordinance question p50_ms": 30.0,
    "memory rss_mib": 1638.4,
    "start seconds": 30.0,
    "turn 250 to turn 5": 1.2,
}
"""What the project promises on two idle cores."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60, help="how often each turn is taken (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="retrieval only up to 10,000 passages, not to a million")
    parser.add_argument("--out", type=Path, default=RESULTS / "latest.json")
    options = parser.parse_args()
    figures: dict[str, Any] = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": description()}
    with serving() as running:
        figures["start"] = {"seconds": round(running.seconds_to_ready, 1)}
        figures["turns"] = five_turns(running, questions(CASES), options.rounds)
        figures["long conversation"] = long_conversation(running)
        figures["memory"] = {f"{name}_mib": value for name, value in running.memory().items()}
    with tempfile.TemporaryDirectory() as home:
        figures["retrieval"] = compare(opening.open_search(Settings(home=Path(home))), CASES)
    figures["scale"] = scale.scale(quick=options.quick)
    figures["machine"]["load_after"] = round(os.getloadavg()[0], 1)
    figures["budgets"] = budgets(figures)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(figures, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    print(table(figures))


def budgets(figures: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Each budget with what was measured, and whether it was kept."""
    measured = {
        "ordinance question p50_ms": figures["turns"]["ordinance question"]["p50_ms"],
        "memory rss_mib": figures["memory"]["rss_mib"],
        "start seconds": figures["start"]["seconds"],
        "turn 250 to turn 5": figures["long conversation"]["ratio"],
    }
    return {
        name: {"budget": most, "measured": measured[name], "kept": measured[name] <= most}
        for name, most in BUDGETS.items()
    } | scale.budgets(figures["scale"])


def table(figures: dict[str, Any]) -> str:
    """The figures as text."""
    machine = figures["machine"]
    lines = [
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB, Python {machine['python']}, "
        f"load {machine['load_before']} → {machine['load_after']}",
        "",
        f"{'turn over HTTP':<24}{'p50 ms':>10}{'p95 ms':>10}",
        *(f"{name:<24}{one['p50_ms']:>10.1f}{one['p95_ms']:>10.1f}" for name, one in figures["turns"].items()),
        "",
        f"start to ready           {figures['start']['seconds']:.1f} s",
        f"memory, app and child    {figures['memory']['rss_mib']:.0f} MiB resident, {figures['memory']['pss_mib']:.0f} MiB without what is shared",
        "",
        f"{'retrieval':<24}{'hit@1':>8}{'hit@3':>8}{'MRR':>8}{'p50 ms':>8}{'p95 ms':>8}   {figures['retrieval']['questions']} questions",
    ]
    for who in ("ours", "bm25", "ratio"):
        one = figures["retrieval"][who]
        lines.append(f"{who:<24}" + "".join(f"{one[key]:>8.3f}" for key in ("hit1", "hit3", "mrr", "p50_ms", "p95_ms")))
    lines += ["", scale.table(figures["scale"]), ""]
    for name, budget in figures["budgets"].items():
        mark = "kept  " if budget["kept"] else "MISSED"
        lines.append(f"{mark}  {name}: {budget['measured']:g}, budget {budget['budget']:g}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
