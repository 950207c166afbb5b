"""What every acceptance test stands on: a real server, real keys (OpenSSL), a recording MCP target, a plain MCP client.

Nothing of Tipstaff is imported or linked: what is tested is what an outsider sees. Standard library only.
"""

import base64
import contextlib
import hashlib
import http.client
import http.server
import json
import os
import pathlib
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("TIPSTAFF", str(ROOT / "build" / "tipstaff"))
LEGACY = "2025-11-25"
MODERN = "2026-07-28"


class Failure(AssertionError):
    """What was promised did not hold."""


class Skip(Exception):
    """Cannot be tested here; the sentence says why."""


def check(condition, sentence):
    if not condition:
        raise Failure(sentence)


def equal(actual, expected, what):
    if actual != expected:
        raise Failure(f"{what}: expected {expected!r}, got {actual!r}")


def eventually(condition, sentence, seconds=5.0):
    """Waits until the condition holds; the last chance is after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure(sentence)
        time.sleep(0.02)


# --- HTTP ---------------------------------------------------------------------------------------------------------


class Reply:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"


def request(url, method="GET", body=None, headers=None, timeout=20):
    """One request on a connection of its own."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    try:
        target = parts.path or "/"
        if parts.query:
            target += "?" + parts.query
        connection.request(method, target, body=body, headers=headers or {})
        answer = connection.getresponse()
        return Reply(answer.status, answer.getheaders(), answer.read())
    finally:
        connection.close()


# --- keys and assertions --------------------------------------------------------------------------------------------


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _read_der_integer(der, at):
    check(der[at] == 2, "not a DER integer")
    length = der[at + 1]
    return der[at + 2 : at + 2 + length].lstrip(b"\0").rjust(32, b"\0"), at + 2 + length


class AgentKey:
    """A P-256 key pair made and used by OpenSSL's command line."""

    def __init__(self, folder, name):
        self.path = pathlib.Path(folder) / f"{name}.pem"
        subprocess.run(
            ["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(self.path)], check=True
        )
        der = subprocess.run(
            ["openssl", "ec", "-in", str(self.path), "-pubout", "-outform", "DER"], check=True, capture_output=True
        ).stdout
        point = der[-64:]
        self.jwk = {"kty": "EC", "crv": "P-256", "x": b64(point[:32]), "y": b64(point[32:])}
        thumbprint = json.dumps({k: self.jwk[k] for k in ("crv", "kty", "x", "y")}, separators=(",", ":"))
        self.kid = b64(hashlib.sha256(thumbprint.encode()).digest())
        self.jwk["kid"] = self.kid

    def sign(self, data):
        der = subprocess.run(
            ["openssl", "dgst", "-sha256", "-sign", str(self.path)], input=data, check=True, capture_output=True
        ).stdout
        at = 2 if der[1] < 128 else 3
        r, at = _read_der_integer(der, at)
        s, _ = _read_der_integer(der, at)
        return r + s

    def jws(self, claims, header=None):
        head = {"alg": "ES256", "typ": "JWT", "kid": self.kid}
        head.update(header or {})
        signing = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(claims).encode())}"
        return f"{signing}.{b64(self.sign(signing.encode()))}"

    def assertion(self, issuer, agent, header=None, **changes):
        now = int(time.time())
        claims = {"iss": agent, "sub": agent, "aud": issuer, "iat": now, "exp": now + 30, "jti": b64(os.urandom(12))}
        claims.update(changes)
        return self.jws({name: value for name, value in claims.items() if value is not None}, header)


def claims_of(token):
    return json.loads(unb64(token.split(".")[1]))


# --- the server -----------------------------------------------------------------------------------------------------


class Server:
    """`tipstaff up` on a free port with a data folder of its own."""

    def __init__(self, folder=None, arguments=(), env=None):
        self._own = None
        if folder is None:
            self._own = tempfile.TemporaryDirectory(prefix="tipstaff-accept-")
            folder = self._own.name
        self.folder = pathlib.Path(folder)
        self.data = self.folder / "data"
        self.arguments = list(arguments)
        self.env = dict(os.environ, **(env or {}))
        self.process = None
        self.url = None
        self.admin_key = None
        self.keys = {}

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        if self._own:
            self._own.cleanup()

    def start(self, listen="127.0.0.1:0"):
        self.log = open(self.folder / "server.log", "ab")
        self.process = subprocess.Popen(
            [BINARY, "up", "--data", str(self.data), "--listen", listen, *self.arguments],
            stdout=subprocess.PIPE,
            stderr=self.log,
            env=self.env,
        )
        lines = queue.Queue()

        def read():
            for line in self.process.stdout:
                lines.put(line.decode())
            lines.put(None)

        threading.Thread(target=read, daemon=True).start()
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                line = lines.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                break
            if line is None:
                break
            if line.startswith("ready"):
                self.url = line.split()[1]
                if not self.admin_key:
                    self.admin_key = (self.data / "admin.key").read_text().strip()
                return self
        raise Failure(f"the server did not become ready: {self.errors()}")

    def errors(self):
        return (self.folder / "server.log").read_text(errors="replace")[-3000:]

    def stop(self, timeout=20):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise Failure("the server did not stop in time")
        code = self.process.returncode if self.process else 0
        self.process = None
        return code

    def kill(self):
        """SIGKILL, as a power cut of the process: the supervisor's children go with it."""
        self.process.kill()
        self.process.wait()
        self.process = None

    def restart(self):
        self.stop()
        return self.start()

    # the API

    def api(self, method, path, body=None, headers=None, key=None, timeout=20):
        head = {"Authorization": f"Bearer {self.admin_key if key is None else key}"}
        if body is not None:
            head["Content-Type"] = "application/json"
            body = body if isinstance(body, (bytes, str)) else json.dumps(body)
        head.update(headers or {})
        return request(self.url + path, method, body, head, timeout)

    def get(self, path):
        reply = self.api("GET", path)
        check(reply.status == 200, f"GET {path}: {reply}")
        return reply.json

    def post(self, path, body=None, expect=(200, 201)):
        reply = self.api("POST", path, {} if body is None else body)
        check(reply.status in expect, f"POST {path}: {reply}")
        return reply.json if reply.body else None

    def items(self, path):
        found, token = [], ""
        while True:
            page = self.get(path + ("&" if "?" in path else "?") + "page_token=" + urllib.parse.quote(token))
            found += page["items"]
            token = page.get("next_page_token", "")
            if not token:
                return found

    def cli(self, *arguments, code=0, stdin=None):
        """Runs a verb against this server; the exit code must be as said (None: any)."""
        env = dict(self.env, TIPSTAFF_SERVER=self.url or "", TIPSTAFF_ADMIN_KEY=self.admin_key or "")
        done = subprocess.run(
            [BINARY, *map(str, arguments)], capture_output=True, env=env, text=True, timeout=60, input=stdin
        )
        if code is not None:
            check(
                done.returncode == code,
                f"tipstaff {' '.join(map(str, arguments))}: exit code {done.returncode}, not {code}\n"
                f"{done.stdout}{done.stderr}",
            )
        return done

    # what most stories begin with

    def agent(self, name, purpose="support", owner="alice@example.com", approve=True, **fields):
        key = self.keys[name] = AgentKey(self.folder, name)
        self.post("/v1/agents", {"id": name, "owner": owner, "purpose": purpose, "jwks": {"keys": [key.jwk]}, **fields})
        if approve:
            self.post(f"/v1/agents/{name}/approve")
        return key

    def target(self, name, stub):
        """Registers a recording target and waits until its tools are pinned."""
        self.post("/v1/servers", {"id": name, "url": stub.url})
        wanted = {f"{name}.{tool['name']}" for tool in stub.tools}
        eventually(
            lambda: wanted <= {tool["id"] for tool in self.items("/v1/tools?server=" + name)},
            f"the tools of {name} were not pinned",
        )

    def grant(self, agent, tools, purpose="support", **fields):
        return self.post("/v1/grants", {"agent": agent, "tools": tools, "purpose_id": purpose, **fields})["id"]

    def token_reply(self, agent, assertion=None, **form):
        key = self.keys.get(agent)
        data = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion or key.assertion(self.url, agent),
        }
        data.update(form)
        return request(
            self.url + "/token",
            "POST",
            urllib.parse.urlencode(data),
            {"Content-Type": "application/x-www-form-urlencoded"},
        )

    def token(self, agent, purpose="support", **form):
        if "task_id" not in form:
            form["purpose"] = purpose
        reply = self.token_reply(agent, **form)
        check(reply.status == 200, f"no token for {agent}: {reply}")
        return reply.json["access_token"]

    def decisions(self, **filters):
        """Records of the log, the newest first; decisions where no kind is given."""
        found, before = [], None
        while True:
            query = dict(filters, limit=500)
            if before:
                query["before"] = before
            page = self.get("/v1/decisions?" + urllib.parse.urlencode(query))
            found += page["items"]
            before = page["next"]
            if not before:
                return found

    def records(self):
        """All records of the log, the oldest first."""
        kinds = ("decision", "effect", "change", "token", "caller", "system")
        return sorted((one for kind in kinds for one in self.decisions(kind=kind)), key=lambda one: one["index"])


# --- a target that records what reaches it ----------------------------------------------------------------------------


def tool(name, properties=None, **fields):
    return {
        "name": name,
        "description": f"The tool {name}",
        "inputSchema": {"type": "object", "properties": properties or {}},
        **fields,
    }


class Stub:
    """An MCP server (2025-11-25) that remembers every request and answers as told."""

    def __init__(self, tools):
        self.tools = list(tools)
        self.requests = []  # (HTTP method, headers, body)
        self.results = {}  # tool -> function(arguments) -> result, or raises
        stub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                stub.requests.append(("POST", dict(self.headers.items()), body))
                stub._answer(self, json.loads(body))

            def do_GET(self):
                stub.requests.append(("GET", dict(self.headers.items()), b""))
                self.send_response(405)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_DELETE = do_GET

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.http.handle_error = lambda *_: None  # a peer that was killed is part of the story
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/mcp"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()

    @property
    def calls(self):
        """What reached this target of tools/call: (tool, arguments)."""
        found = []
        for _, _, body in self.requests:
            message = json.loads(body) if body else {}
            if message.get("method") == "tools/call":
                found.append((message["params"]["name"], message["params"].get("arguments", {})))
        return found

    def _answer(self, handler, message):
        if "id" not in message:
            handler.send_response(202)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        status, fields = 200, {}
        method = message["method"]
        if method == "initialize":
            fields["result"] = {
                "protocolVersion": LEGACY,
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "stub", "version": "1"},
            }
        elif method == "tools/list":
            fields["result"] = {"tools": self.tools}
        elif method == "tools/call":
            status, fields = self._call(message["params"])
        elif method == "ping":
            fields["result"] = {}
        else:
            fields["error"] = {"code": -32601, "message": "Method not found"}
        if status is None:  # hang up without an answer
            handler.close_connection = True
            handler.connection.close()
            return
        body = json.dumps({"jsonrpc": "2.0", "id": message["id"], **fields}).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        if method == "initialize":
            handler.send_header("Mcp-Session-Id", b64(os.urandom(12)))
        handler.end_headers()
        handler.wfile.write(body)

    def _call(self, params):
        answer = self.results.get(params["name"])
        if answer is None:
            return 200, {"result": {"content": [{"type": "text", "text": "done"}]}}
        return answer(params.get("arguments", {}))


# --- a plain client ---------------------------------------------------------------------------------------------------


class Mcp:
    """A legacy (2025-11-25) client: initialises once, then calls."""

    def __init__(self, server, token, endpoint="/mcp"):
        self.url = server.url + endpoint
        self.token = token
        self.session = None
        self.count = 0
        self.initialize()

    def send(self, message, headers=None):
        head = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
        }
        if self.session:
            head["Mcp-Session-Id"] = self.session
            head["MCP-Protocol-Version"] = LEGACY
        head.update(headers or {})
        body = message if isinstance(message, (bytes, str)) else json.dumps(message)
        return request(self.url, "POST", body, {k: v for k, v in head.items() if v is not None})

    def initialize(self):
        reply = self.send(
            {
                "jsonrpc": "2.0",
                "id": 0,
                "method": "initialize",
                "params": {
                    "protocolVersion": LEGACY,
                    "capabilities": {},
                    "clientInfo": {"name": "accept", "version": "1"},
                },
            }
        )
        check(reply.status == 200, f"initialize: {reply}")
        self.session = reply.headers.get("mcp-session-id")
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def request(self, method, params=None):
        """(HTTP status, JSON-RPC message)."""
        self.count += 1
        message = {"jsonrpc": "2.0", "id": self.count, "method": method}
        if params is not None:
            message["params"] = params
        reply = self.send(message)
        return reply.status, self.message_of(reply, self.count)

    @staticmethod
    def message_of(reply, wanted):
        if reply.headers.get("content-type", "").startswith("text/event-stream"):
            for event in re.split(rb"\r?\n\r?\n", reply.body):
                data = b"\n".join(line[5:].strip() for line in event.splitlines() if line.startswith(b"data:"))
                if data and json.loads(data).get("id") == wanted:
                    return json.loads(data)
            raise Failure(f"no answer in the stream: {reply}")
        return json.loads(reply.body) if reply.body else None

    def list(self):
        status, message = self.request("tools/list")
        check(status == 200 and "result" in message, f"tools/list: {status} {message}")
        return [entry["name"] for entry in message["result"]["tools"]]

    def call(self, name, **arguments):
        return self.request("tools/call", {"name": name, "arguments": arguments})

    def permitted(self, name, **arguments):
        status, message = self.call(name, **arguments)
        check(status == 200 and "result" in message, f"{name} was not permitted: {status} {message}")
        return message["result"]

    def denied(self, name, reason=None, **arguments):
        """The explicit denial: HTTP 403, a code outside the reserved range, a decision id."""
        status, message = self.call(name, **arguments)
        check(status == 403 and message and "error" in message, f"{name} was not denied: {status} {message}")
        error = message["error"]
        check(not -32768 <= error["code"] <= -32000, f"the code {error['code']} lies in the reserved range")
        check("not found" not in error["message"].lower(), f"a denial must not say 'not found': {error['message']}")
        decision = error["data"]["decision_id"]
        check(decision.startswith("d_"), f"not a decision id: {decision}")
        if reason is not None:
            equal(error["data"]["reason"], reason, f"the reason for denying {name}")
        return decision


# --- running ----------------------------------------------------------------------------------------------------------


def main(story):
    """Runs one story; 0 passed, 1 failed, 77 skipped."""
    name = pathlib.Path(sys.argv[0]).name
    started = time.monotonic()
    try:
        story()
    except Skip as reason:
        print(f"{name} skipped: {reason}")
        sys.exit(77)
    except Failure as failure:
        print(f"{name} FAILED: {failure}")
        sys.exit(1)
    print(f"{name} passed in {time.monotonic() - started:.1f} s")


@contextlib.contextmanager
def world(tools=None, **options):
    """A server with one target `fs` behind it."""
    with Stub(tools or [tool("read_file", {"path": {"type": "string"}}, annotations={"readOnlyHint": True}),
                        tool("write_file", {"path": {"type": "string"}, "content": {"type": "string"}})]) as stub:
        with Server(**options) as server:
            server.target("fs", stub)
            yield server, stub
