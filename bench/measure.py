"""What the benchmarks that start a whole server share: programs of build/bench, CPU time of processes, JSON lines."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.parse

from harness import MODERN, Server, check, eventually

FOLDER = pathlib.Path(os.environ["TIPSTAFF_BENCH"])
QUICK = "--quick" in sys.argv
SECONDS = 0.5 if QUICK else 3.0


def show(name, value, unit, floor=None):
    """One JSON object on a line."""
    line = {"name": name, "value": round(value, 3), "unit": unit, "floor": None, "ratio": None}
    if floor:
        line["floor"] = round(floor, 3)
        line["ratio"] = round(value / floor, 5)
    print(json.dumps(line), flush=True)


@contextlib.contextmanager
def program(name, *arguments):
    """A program of build/bench that prints its URL and serves; gives its process and its port."""
    process = subprocess.Popen([FOLDER / name, *map(str, arguments)], stdout=subprocess.PIPE, text=True)
    try:
        yield process, urllib.parse.urlsplit(process.stdout.readline().strip()).port
    finally:
        process.kill()
        process.wait()


def family(pid):
    """The process and all that descend from it."""
    found = [pid]
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += family(int(child))
    return found


def role(pid):
    return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()


def cpu_us(pids):
    """CPU time that these processes have used, to the nanosecond (the first number of schedstat)."""
    total = 0
    for pid in pids:
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1000


class Measured:
    def __init__(self, report, cpu):
        self.answers = report["answers"]
        self.rate = report["answers"] / report["seconds"]
        self.p50 = report["p50_us"]
        self.p99 = report["p99_us"]
        self.status = report["status"]
        self.cpu = [used / max(1, report["answers"]) for used in cpu]

    @property
    def total(self):
        return sum(self.cpu)


def load(port, requests, connections, pids, seconds=None, once=False):
    """Runs the load generator over requests (a list, or the name of a file of them).

    `pids` is a list of groups of processes whose CPU time is counted.
    """
    with tempfile.NamedTemporaryFile() as file:
        for text in requests if isinstance(requests, list) else []:
            file.write(b"%d\n" % len(text) + text)
        file.flush()
        path = file.name if isinstance(requests, list) else requests
        command = [FOLDER / "load", "--port", port, "--requests", path, "--connections", connections]
        command += ["--once"] if once else ["--ms", int(1000 * (seconds or SECONDS))]
        before = [cpu_us(group) for group in pids]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        after = [cpu_us(group) for group in pids]
        check(done.returncode == 0, f"the load failed: {done.stderr}")
        return Measured(json.loads(done.stdout), [b - a for a, b in zip(before, after)])


def post(port, path, token, body, headers=None):
    """The bytes of a request."""
    text = body if isinstance(body, str) else json.dumps(body, separators=(",", ":"))
    head = {
        "Host": f"127.0.0.1:{port}",
        "User-Agent": "bench",
        "Accept": "application/json, text/event-stream",
        "Content-Type": "application/json",
        "Authorization": f"Bearer {token}",
        **(headers or {}),
        "Content-Length": str(len(text)),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n{text}".encode()


NUMBER = "@@@@@@@@"


def call_body(tool, modern):
    params = {"name": tool, "arguments": {"path": "/data/a.txt"}}
    if modern:
        params["_meta"] = {
            "io.modelcontextprotocol/protocolVersion": MODERN,
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
        }
    text = json.dumps({"jsonrpc": "2.0", "id": 0, "method": "tools/call", "params": params}, separators=(",", ":"))
    return text.replace('"id":0', f'"id":{NUMBER}')


def modern_call(port, path, token, tool):
    headers = {"MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/call", "Mcp-Name": tool}
    return post(port, path, token, call_body(tool, True), headers)


def legacy_call(port, path, token, tool, session):
    headers = {"MCP-Protocol-Version": "2025-11-25", "Mcp-Session-Id": session}
    return post(port, path, token, call_body(tool, False), headers)


@contextlib.contextmanager
def world():
    """A server with the stub as `fs` behind it, and an agent that may read there."""
    with program("stub_upstream") as (_, stub), Server() as server:
        server.post("/v1/servers", {"id": "fs", "url": f"http://127.0.0.1:{stub}/mcp"})
        eventually(lambda: len(server.items("/v1/tools?server=fs")) == 2, "the tools of the stub were not pinned")
        server.agent("bencher")
        server.grant("bencher", ["fs.read_file"])
        yield server, stub


def processes(server):
    """Groups of the server's processes by role."""
    groups = {}
    for pid in family(server.process.pid):
        groups.setdefault(role(pid), []).append(pid)
    return groups


def port_of(url):
    return urllib.parse.urlsplit(url).port


def settle():
    time.sleep(0.2)
