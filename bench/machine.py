"""What the figures were measured on."""

import os
import platform
from typing import Any

import psutil
import psycopg

from tests.stack import POSTGRES


def shape() -> dict[str, Any]:
    with psycopg.connect(POSTGRES) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    return {
        "cores": os.cpu_count(),
        "cpu": _cpu(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "python": platform.python_version(),
        "postgresql": row[0].split()[0] if row else "",
        "load_before": load(),
    }


def _cpu() -> str:
    try:
        with open("/proc/cpuinfo") as lines:
            return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def load() -> list[float]:
    """Of 1, 5 and 15 minutes: whether the machine had other work to do."""
    return [round(one, 2) for one in os.getloadavg()]
