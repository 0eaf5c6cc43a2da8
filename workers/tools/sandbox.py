"""Bubblewrap: a program sees the system's programs and libraries, a small /tmp of its own, and nothing else.

No network, no host files, no other processes, no capabilities, no further namespaces. Root's worker becomes nobody
first, so that a way out of the namespaces would lead to nobody. Limits are set inside, by prlimit, as the kernel
counts processes per user namespace.
"""

import json
import os
import platform
import shutil
import struct
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from workers.tools import process
from workers.tools.process import Ended

NOBODY = 65534
SECONDS = 10
MEMORY = 512 * 2**20
PROCESSES = 32
FILES = 64
LONGEST_FILE = 16 * 2**20
ROOM = 64 * 2**20  # bytes in /tmp
LIMITS = f"{SECONDS} s, {MEMORY >> 20} MiB, {PROCESSES} processes, {ROOM >> 20} MiB in /tmp, no network"
SYSTEM = ("/usr/bin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec", "/usr/local/bin", "/usr/local/lib")
SETTINGS = ("/etc/alternatives", "/etc/ld.so.cache")
HIDDEN = ("/proc/sys", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/acpi", "/proc/driver", "/proc/scsi")
BLANK = ("/proc/cmdline", "/proc/config.gz", "/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/kallsyms")
WORDS = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"}  # noqa: S108

# Memory that neither prlimit nor the sum over processes sees, and doors into the kernel that no program here needs.
FORBIDDEN = {
    # memfd_create, shmget, ptrace, io_uring_setup, userfaultfd, bpf, perf_event_open, add_key, request_key, keyctl
    "x86_64": (0xC000003E, (319, 29, 101, 425, 323, 321, 298, 248, 249, 250)),
    "aarch64": (0xC00000B7, (279, 194, 117, 425, 282, 280, 241, 217, 218, 219)),
}


class NoSandbox(Exception):
    """There is no working sandbox here. Nothing was run."""


@dataclass(frozen=True, slots=True)
class Boxed:
    """How a program ended. `exit` is None where a limit ended it."""

    ended: Ended
    exit: int | None


@cache
def version() -> str:
    """Such as "bubblewrap 0.8.0". Raises NoSandbox where there is none."""
    found = shutil.which("bwrap")
    if found is None:
        raise NoSandbox("bubblewrap is not installed where the worker runs")
    said = subprocess.run([found, "--version"], capture_output=True, text=True, timeout=10, check=False)
    return said.stdout.strip() or "bubblewrap"


def environment() -> str:
    return f"{version()}, {platform.system()} {platform.machine()}, {LIMITS}"


def run(command: Sequence[str], *, files: dict[str, bytes], stdin: bytes = b"", address_space: int | None) -> Boxed:
    """Run a command with these read-only files, by path inside. Raises NoSandbox where none can be made.

    `address_space` bounds virtual memory too, for programs that do not reserve more than they use.
    """
    version()
    report, status = os.pipe()
    opened = {path: _memory_file(content) for path, content in files.items()}
    rules = _memory_file(seccomp()) if seccomp() else None
    passed = [*opened.values(), status, *([rules] if rules is not None else [])]
    try:
        ended = process.run(
            [*_box(opened, status, rules), "--", *_limits(address_space), *command],
            stdin=stdin, seconds=SECONDS, memory=MEMORY + 64 * 2**20, pass_fds=passed,
            uid=NOBODY if os.geteuid() == 0 else None,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        raise NoSandbox(f"bubblewrap could not be started: {error}") from error
    finally:
        for fd in passed:
            os.close(fd)
        with os.fdopen(report, "rb") as lines:
            told = lines.read()
    return Boxed(ended, _exit(told, ended))


def _exit(told: bytes, ended: Ended) -> int | None:
    """The program's own status. Bubblewrap reports one only if it got as far as starting the program."""
    if ended.stopped:
        return None
    for line in told.splitlines():
        if b"exit-code" in line:
            return int(json.loads(line)["exit-code"])
    raise NoSandbox(f"no sandbox can be made here: {ended.text('stderr').strip()[:300] or 'bubblewrap ended'}")


def _memory_file(content: bytes) -> int:
    fd = os.memfd_create("given")
    os.write(fd, content)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def _box(files: dict[str, int], status: int, rules: int | None) -> list[str]:
    bwrap = shutil.which("bwrap") or "bwrap"
    box = [bwrap, "--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session"]
    box += ["--uid", str(NOBODY), "--gid", str(NOBODY), "--hostname", "sandbox", "--cap-drop", "ALL", "--clearenv"]
    for name, value in WORDS.items():
        box += ["--setenv", name, value]
    for path in SYSTEM:
        if Path(path).is_dir() and not Path(path).is_symlink():
            box += ["--ro-bind", path, path]
    for path in SETTINGS:
        box += ["--ro-bind-try", path, path]
    for name in ("bin", "lib", "lib32", "lib64"):
        if Path("/", name).exists():
            box += ["--symlink", f"usr/{name}", f"/{name}"]
    box += ["--proc", "/proc", "--dev", "/dev"]
    for path in HIDDEN:
        if Path(path).exists():
            box += ["--size", "4096", "--tmpfs", path, "--remount-ro", path]
    for path in BLANK:
        if Path(path).exists():
            box += ["--ro-bind", "/dev/null", path]
    for path, fd in files.items():
        box += ["--ro-bind-data", str(fd), path]
    box += ["--size", str(ROOM), "--tmpfs", "/tmp", "--chdir", "/tmp", "--remount-ro", "/dev", "--remount-ro", "/"]  # noqa: S108
    return [*box, "--json-status-fd", str(status), *(["--seccomp", str(rules)] if rules is not None else [])]


def _limits(address_space: int | None) -> list[str]:
    limits = {
        "data": MEMORY,
        "cpu": SECONDS,
        "nproc": PROCESSES,
        "nofile": FILES,
        "fsize": LONGEST_FILE,
        "core": 0,
        **({"as": address_space} if address_space else {}),
    }
    return ["/usr/bin/prlimit", *(f"--{name}={value}:{value}" for name, value in limits.items()), "--"]


@cache
def seccomp() -> bytes:
    """A filter that answers "not permitted" to the forbidden calls; b"" on machines we have no table of.

    Classic BPF: kill what is of another architecture, then one comparison a call.
    """
    if platform.machine() not in FORBIDDEN:
        return b""
    machine, calls = FORBIDDEN[platform.machine()]
    code = [(0x20, 0, 0, 4), (0x15, 1, 0, machine), (0x06, 0, 0, 0x80000000), (0x20, 0, 0, 0)]
    code += [(0x35, len(calls) + 1, 0, 0x40000000)]  # x32 calls
    code += [(0x15, len(calls) - at, 0, call) for at, call in enumerate(calls)]
    code += [(0x06, 0, 0, 0x7FFF0000), (0x06, 0, 0, 0x00050001)]
    return b"".join(struct.pack("=HBBI", *line) for line in code)
