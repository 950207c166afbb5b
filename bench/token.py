"""Task tokens a second, end to end: assertion verified, decided, recorded durably, signed; beside `openssl speed`.

Each request brings an assertion of its own. The floor of the rate is what one core signs with ES256 and nothing else;
of the CPU time, one signature and one verification.
"""

import json
import subprocess
import sys
import tempfile

from harness import Failure, check
from measure import FOLDER, QUICK, load, port_of, processes, show, world

COUNT = 500 if QUICK else 10000


def openssl_speed():
    """ES256 signatures and verifications a second on one core."""
    command = ["openssl", "speed", "-seconds", "1" if QUICK else "3", "-mr", "ecdsap256"]
    done = subprocess.run(command, capture_output=True, text=True)
    for line in done.stdout.splitlines():
        if line.startswith("+F4:"):
            sign, verify = line.split(":")[3:5]
            return float(sign), float(verify)
    raise Failure(f"openssl speed told nothing: {done.stdout}{done.stderr}")


def requests(server, file):
    command = [FOLDER / "assertions", "--agent", "issued", "--purpose", "support", "--count", str(COUNT)]
    maker = subprocess.Popen(
        [*command, "--requests", file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    key = json.loads(maker.stdout.readline())
    agent = {"id": "issued", "owner": "alice@example.com", "purpose": "support", "jwks": {"keys": [key]}}
    server.post("/v1/agents", agent)
    server.post("/v1/agents/issued/approve")
    server.grant("issued", ["fs.read_file"])
    maker.communicate(f"{port_of(server.url)}\n")
    check(maker.returncode == 0, "no assertions were made")


def main():
    sign, verify = openssl_speed()
    show("openssl speed, ES256 sign, one core", sign, "1/s")
    show("openssl speed, ES256 verify, one core", verify, "1/s")
    with world() as (server, _), tempfile.NamedTemporaryFile() as file:
        requests(server, file.name)
        groups = processes(server)
        measured = load(port_of(server.url), file.name, 32, list(groups.values()), once=True)
        check(set(measured.status) == {"200"}, f"answers were {measured.status}")
        show("token, c=32: rate", measured.rate, "1/s", sign)
        show("token, c=32: CPU", measured.total, "us", 1e6 / sign + 1e6 / verify)
        for role, used in zip(groups, measured.cpu):
            if used > 0.005:
                show(f"token, c=32: CPU of {role}", used, "us")
        show("token, c=32: p50", measured.p50, "us")
        show("token, c=32: p99", measured.p99, "us")


try:
    main()
except Failure as failure:
    print(f"token: {failure}", file=sys.stderr)
    sys.exit(1)
