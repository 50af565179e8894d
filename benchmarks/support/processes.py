"""What processes use, as Linux tells it: a process with all its children."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """Return the process and all that descend from it and still live."""
    found = [pid]
    for member in found:
        for children in Path(f"/proc/{member}/task").glob("*/children"):
            found += [int(word) for word in _read(children).split()]
    return found


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that the family has used so far."""
    return sum(_cpu_ticks(member) for member in family(pid)) / TICKS


def peak_megabytes(pid: int) -> float:
    """Return the most memory that one process has held."""
    for line in _read(Path(f"/proc/{pid}/status")).splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _cpu_ticks(pid: int) -> int:
    fields = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12]) if fields else 0


def _read(path: Path) -> str:
    """Return a file of /proc; nothing where the process has just ended."""
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
