"""Figures against their budgets: a floor that must be reached and an aim to work towards."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Budget:
    """What a figure must reach; *better* says in which direction."""

    floor: float
    aim: float
    better: Literal["more", "less"]

    def allows(self, value: float, limit: float) -> bool:
        return value >= limit if self.better == "more" else value <= limit


@dataclass(slots=True)
class Report:
    """Prints figures as they come and remembers whether one has missed its floor."""

    missed: list[str] = field(default_factory=list)

    def tell(self, name: str, samples: Sequence[float], unit: str, budget: Budget | None = None) -> None:
        """Print the median of *samples* with its spread, and what the budget says of it."""
        words = [f"{name}: {spread(samples)} {unit}"]
        if budget is not None:
            median = statistics.median(samples)
            words.append(self._verdict(name, "floor", budget.allows(median, budget.floor), budget.floor))
            words.append(f"aim {budget.aim:g} {'reached' if budget.allows(median, budget.aim) else 'missed'}")
        print("; ".join(words), flush=True)

    def tell_latencies(self, name: str, seconds: Sequence[float]) -> None:
        """Print the usual percentiles."""
        cuts = statistics.quantiles(seconds, n=100, method="inclusive")
        shown = ", ".join(f"p{percent} {cuts[percent - 1] * 1e3:.1f}" for percent in (50, 95, 99))
        print(f"{name}, latency: {shown}, most {max(seconds) * 1e3:.1f} ms", flush=True)

    def demand(self, name: str, *, kept: bool) -> None:
        """Print a demand that is either kept or not."""
        print(f"{name}: {'yes' if kept else 'NO'}", flush=True)
        if not kept:
            self.missed.append(name)

    def _verdict(self, name: str, word: str, kept: bool, limit: float) -> str:  # noqa: FBT001
        if not kept:
            self.missed.append(name)
        return f"{word} {limit:g} {'reached' if kept else 'MISSED'}"

    def exit_code(self) -> int:
        """1 where a floor was missed."""
        for name in self.missed:
            print(f"!!!!!!!! {name}: below the floor !!!!!!!!", flush=True)
        return 1 if self.missed else 0


def spread(samples: Sequence[float]) -> str:
    """Write a median with its least and greatest sample, in three digits."""
    return f"{_short(statistics.median(samples))} ({_short(min(samples))}-{_short(max(samples))})"


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
