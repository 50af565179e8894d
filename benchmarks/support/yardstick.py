"""The unit of all benchmarks: one `json.dumps` of a dict of about 1 KB, measured beside each sample."""

import json
import time

DOCUMENT = {f"field_{i:02d}": "x" * 20 if i % 2 else {"n": i, "ok": True} for i in range(30)}


def dumps_seconds(times: int = 1500) -> float:
    """Return the seconds of one `json.dumps`, now."""
    begun = time.perf_counter()
    for _ in range(times):
        json.dumps(DOCUMENT)
    return (time.perf_counter() - begun) / times
