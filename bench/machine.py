"""What was measured on, and how much memory a process holds: read from /proc, so that nothing has to be installed."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROC = Path("/proc")


def description() -> dict[str, Any]:
    """The machine in a few words; figures of different machines are not to be compared."""
    fields = dict(line.split(":", 1) for line in _lines(PROC / "meminfo") if ":" in line)
    models = [line.split(":", 1)[1].strip() for line in _lines(PROC / "cpuinfo") if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.machine(),
        "cores": os.cpu_count(),
        "memory_gib": round(int(fields.get("MemTotal", "0 kB").split()[0]) / 2**20, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 1),
    }


def family(pid: int) -> list[int]:
    """A process and all below it."""
    below = [child for child, parent in _parents() if parent == pid]
    return [pid, *(member for child in below for member in family(child))]


def memory_mib(pid: int) -> dict[str, float]:
    """Resident memory of a process: ``rss`` counts shared pages whole, ``pss`` its share of them."""
    status = dict(line.split(":", 1) for line in _lines(PROC / str(pid) / "status") if ":" in line)
    rollup = dict(line.split(":", 1) for line in _lines(PROC / str(pid) / "smaps_rollup")[1:] if ":" in line)
    return {"rss": _mib(status.get("VmRSS")), "pss": _mib(rollup.get("Pss"))}


def _mib(said: str | None) -> float:
    return round(int(said.split()[0]) / 1024, 1) if said else 0.0


def _parents() -> Iterator[tuple[int, int]]:
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            stat = "".join(_lines(entry / "stat"))
            if stat:
                yield int(entry.name), int(stat.rpartition(")")[2].split()[1])


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
