"""How fast a server is ready, with fresh data and with data that is there, and what it takes while it idles."""

import pathlib
import statistics
import sys
import time

from harness import Failure, Server
from measure import QUICK, family, role, show


def memory_kb(pid, fields):
    found = {}
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        name = line.split(":")[0]
        if name in fields:
            found[name] = int(line.split()[1])
    return found


def timed(server):
    begun = time.perf_counter()
    server.start()
    return (time.perf_counter() - begun) * 1000


def idle(server):
    time.sleep(1)
    pids = family(server.process.pid)
    rss = pss = 0
    for pid in pids:
        found = memory_kb(pid, ("Rss", "Pss"))
        rss += found["Rss"]
        pss += found["Pss"]
        show(f"idle, RSS of {role(pid)}", found["Rss"] / 1024, "MB")
    show("idle, RSS of all processes", rss / 1024, "MB")
    show("idle, PSS of all processes", pss / 1024, "MB")


def main():
    fresh, again = [], []
    rounds = 2 if QUICK else 7
    for number in range(rounds):
        server = Server()
        fresh.append(timed(server))
        server.stop()
        again.append(timed(server))
        if number == rounds - 1:
            idle(server)
        server.__exit__()
    for name, times in (("fresh data", fresh), ("existing data", again)):
        show(f"start, {name}, median", statistics.median(times), "ms")
        show(f"start, {name}, worst of {rounds}", max(times), "ms")


try:
    main()
except Failure as failure:
    print(f"start: {failure}", file=sys.stderr)
    sys.exit(1)
