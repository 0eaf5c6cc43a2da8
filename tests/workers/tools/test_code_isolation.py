"""What code may not reach: the network, the host, another run. Each attempt is reported, and alike on replay."""

import os
import secrets
from pathlib import Path

import pytest

from tests.workers.tools.boxes import stdout
from workers.tools import FINISHED, code

pytestmark = pytest.mark.usefixtures("boxed")

NETWORK = """
import socket
for where in (("127.0.0.1", PORT), ("1.1.1.1", 53), ("192.168.0.1", 80)):
    try:
        socket.create_connection(where, timeout=2)
    except OSError as error:
        print("no", error.errno)
    else:
        print("REACHED", where)
print(socket.if_nameindex())
"""


def test_no_network_not_even_this_machine() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        outcome = code.run("python", NETWORK.replace("PORT", str(server.getsockname()[1])))
    assert outcome.status == FINISHED
    assert "REACHED" not in stdout(outcome)
    assert stdout(outcome).count("no ") == 3
    assert stdout(outcome).splitlines()[-1] == "[(1, 'lo')]"


def test_no_host_files(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("bait-wombat")
    secret.chmod(0o644)
    tried = [
        str(secret),
        "/etc/passwd",
        "/etc/shadow",
        "/root",
        "/home",
        "/var",
        "/srv",
        "/opt",
        "/sys",
        str(Path.cwd()),
    ]
    program = f"import os\nfor path in {tried}:\n    print(path, os.path.lexists(path))\nprint(sorted(os.listdir('/')))"
    outcome = code.run("python", program)
    assert "True" not in stdout(outcome)
    assert set(eval(stdout(outcome).splitlines()[-1])) <= {
        *("bin", "dev", "etc", "lib", "lib32", "lib64", "proc", "run", "tmp", "usr"),
    }


def test_nothing_outside_tmp_can_be_written() -> None:
    program = """
for place in / /usr /usr/bin /usr/lib /etc /run /dev /dev/shm /proc/sys/kernel /run/main.sh; do
  if [ -f "$place" ]; then target="$place"; else target="$place/new"; fi
  (echo x > "$target") 2>/dev/null && echo "WROTE $target"
done
(chmod 777 /usr/bin/env || mount -t tmpfs none /usr || chroot / true) 2>/dev/null && echo BROKE
(unshare -U true || unshare -n true) 2>/dev/null && echo BROKE
echo kept > /tmp/new && cat /tmp/new
"""
    assert stdout(code.run("shell", program)) == "kept\n"


LOOKING = """
cat /proc/[0-9]*/environ /proc/cmdline /proc/kcore 2>/dev/null; ls /proc/sys; env
ls -d /proc/[0-9]* | wc -l; id -u; grep CapEff /proc/self/status; hostname
"""


def test_no_variable_no_other_process_and_no_kernel_settings() -> None:
    os.environ["BAIT"] = "bait-bilby"
    try:
        outcome = code.run("shell", LOOKING)
    finally:
        del os.environ["BAIT"]
    assert "bait" not in stdout(outcome)
    lines = stdout(outcome).splitlines()
    assert int(lines[-4]) < 10
    assert lines[-3:] == ["65534", "CapEff:\t0000000000000000", "sandbox"]


TRICKS = """
import os
for target in ("SECRET", "/proc/1/rootSECRET", "/proc/self/root/../SECRET", "/proc/1/cwdSECRET", "../../SECRET"):
    os.symlink(target, "/tmp/link")
    try:
        print("READ", open("/tmp/link").read())
    except OSError as error:
        print("no", type(error).__name__)
    os.unlink("/tmp/link")
for fd in os.listdir("/proc/1/fd"):
    try:
        print("OPENED", open(f"/proc/1/fd/{fd}").read(20))
    except OSError as error:
        print("no", type(error).__name__)
for path in ("/proc/kcore", "/proc/kmsg", "/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern"):
    try:
        open(path, "r+b", buffering=0).write(b"x")
        print("WROTE", path)
    except OSError as error:
        print("no", type(error).__name__)
"""


def test_links_and_proc_lead_nowhere(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("bait-wombat")
    outcome = code.run("python", TRICKS.replace("SECRET", str(secret)))
    assert "bait" not in stdout(outcome)
    assert "WROTE" not in stdout(outcome)
    assert "READ" not in stdout(outcome)
    assert stdout(outcome).count("no ") >= 9


def test_another_runs_files_are_not_there() -> None:
    mine = f"/tmp/{secrets.token_hex(8)}"
    written = f"import os; print(os.listdir('/tmp'), os.listdir('/dev/shm')); open('{mine}', 'w').write('bait')"
    assert [stdout(code.run("python", written)) for _ in range(2)] == ["[] []\n", "[] []\n"]
    assert not Path(mine).exists()


ATTACKS = {
    "network": ("python", NETWORK.replace("PORT", "80")),
    "tricks": ("python", TRICKS.replace("SECRET", "/etc/passwd")),
    "host": ("shell", "ls -a / /home /root /var; cat /etc/shadow; touch /usr/new"),
    "another run": ("shell", "ls -A /tmp /dev/shm; echo mine > /tmp/mine"),
    "output": ("shell", "yes"),
    "loop": ("python", "while True: pass"),
    "hog": ("python", "x = bytearray(2 * 1024 ** 3)"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_reported_alike_whenever_it_runs(attack: str, soon: None) -> None:
    first, second = code.run(*ATTACKS[attack]), code.run(*ATTACKS[attack])
    assert (first.status, first.output, first.version, first.environment) == (
        second.status,
        second.output,
        second.version,
        second.environment,
    )
