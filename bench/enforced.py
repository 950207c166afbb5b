"""What an enforced and audited call costs: MCP tools/call through the gateway to a native stub, beside a byte proxy to
the same stub in the same run; a denied call; and AuthZEN over keep-alive beside the echo server of the same loop.

CPU time is that of all processes of the server together. Evidence is on and durable.
"""

import json
import sys

from harness import Failure, Mcp, check
from measure import (
    SECONDS, cpu_us, family, legacy_call, load, modern_call, port_of, post, processes, program, settle, show, world,
)


def only(measured, status, what):
    check(set(measured.status) == {str(status)}, f"{what}: answers were {measured.status}")


def compare(name, port, request, status, groups, floor):
    """One request at 32 and at 1 connections; `floor` holds the same of what it is compared with."""
    pids = list(groups.values())
    load(port, [request], 32, pids, 0.3)
    for connections in (32, 1):
        settle()
        measured = load(port, [request], connections, pids)
        only(measured, status, name)
        base = floor.get(connections)
        at = f"{name}, c={connections}"
        show(f"{at}: CPU", measured.total, "us", base and base.total)
        for role, used in zip(groups, measured.cpu):
            if len(groups) > 1 and used > 0.005:
                show(f"{at}: CPU of {role}", used, "us")
        show(f"{at}: rate", measured.rate, "1/s", base and base.rate)
        show(f"{at}: p50", measured.p50, "us", base and base.p50)
        show(f"{at}: p99", measured.p99, "us", base and base.p99)


def floor_of(name, port, request, pid):
    found = {}
    load(port, [request], 32, [[pid]], 0.3)
    for connections in (32, 1):
        settle()
        measured = found[connections] = load(port, [request], connections, [[pid]])
        only(measured, 200, name)
        at = f"{name}, c={connections}"
        show(f"{at}: CPU", measured.total, "us")
        show(f"{at}: rate", measured.rate, "1/s")
        show(f"{at}: p50", measured.p50, "us")
        show(f"{at}: p99", measured.p99, "us")
    return found


def mcp(server, stub):
    groups = processes(server)
    token = server.token("bencher", scope="fs.read_file fs.delete_file")
    port = port_of(server.url)
    request = modern_call(port, "/mcp/fs", token, "read_file")
    with program("byte_proxy", "--target", stub) as (proxy, proxy_port):
        floor = floor_of("byte proxy", proxy_port, request, proxy.pid)
    compare("enforced call", port, request, 200, groups, floor)
    refused = modern_call(port, "/mcp/fs", token, "delete_file")
    compare("denied call", port, refused, 403, groups, floor)
    client = Mcp(server, token, "/mcp/fs")
    request = legacy_call(port, "/mcp/fs", token, "read_file", client.session)
    compare("enforced call in a session", port, request, 200, groups, floor)


def authzen(server):
    groups = processes(server)
    token = server.token("bencher", scope="fs.read_file")
    port = port_of(server.url)
    body = {
        "subject": {"type": "agent", "id": "bencher"},
        "action": {"name": "fs.read_file"},
        "resource": {"type": "tool", "id": "fs.read_file"},
        "context": {"purpose": "support", "input": {"path": "/data/a.txt"}},
    }
    request = post(port, "/access/v1/evaluation", server.admin_key, body)
    with program("echo", "--serve", 0) as (echo, echo_port):
        floor = floor_of("echo", echo_port, request, echo.pid)
    compare("AuthZEN evaluation", port, request, 200, groups, floor)


def main():
    with world() as (server, stub):
        mcp(server, stub)
        authzen(server)


try:
    main()
except Failure as failure:
    print(f"enforced: {failure}", file=sys.stderr)
    sys.exit(1)
