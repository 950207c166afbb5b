"""An MCP target that speaks both eras, remembers all that reaches it, and answers a call with scripted events."""

import json
import pathlib
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "accept"))

from harness import MODERN, Stub  # noqa: E402


class Scripted(Stub):
    def __init__(self, tools):
        super().__init__(tools)
        self.script = None  # messages of the stream that answers the next tools/call
        self.hold = None  # an event: the answer waits for it
        self.cut = threading.Event()  # the gateway closed the connection while an answer waited

    def _answer(self, handler, message):
        meta = message.get("params", {}).get("_meta", {}) if isinstance(message, dict) else {}
        modern = "io.modelcontextprotocol/protocolVersion" in meta
        method = message.get("method")
        if method == "tools/call" and self.hold is not None:
            self._held(handler, message)
        elif method == "tools/call" and self.script is not None:
            self._stream(handler, self.script)
        elif method == "server/discover" and modern:
            self._result(handler, message, {"resultType": "complete", "supportedVersions": [MODERN], "capabilities": {"tools": {}},
                                            "ttlMs": 0, "cacheScope": "public"})
        elif method == "tools/list" and modern:
            self._result(handler, message, {"resultType": "complete", "tools": self.tools, "ttlMs": 0, "cacheScope": "public"})
        elif method == "resources/list":
            self._result(handler, message, {"resources": [{"uri": "file:///secret", "name": "secret"}]})
        elif method == "resources/templates/list":
            self._result(handler, message, {"resourceTemplates": [{"uriTemplate": "file:///{x}", "name": "secret"}]})
        elif method == "prompts/list":
            self._result(handler, message, {"prompts": [{"name": "secret"}]})
        else:
            super()._answer(handler, message)

    @staticmethod
    def _result(handler, message, result):
        body = json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}).encode()
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def _held(self, handler, message):
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.close_connection = True
        answer = {"jsonrpc": "2.0", "id": message["id"], "result": {"content": [], "resultType": "complete"}}
        try:
            while not self.hold.wait(0.05):
                handler.wfile.write(b": waiting\n\n")
            handler.wfile.write(f"data: {json.dumps(answer)}\n\n".encode())
        except OSError:
            self.cut.set()

    @staticmethod
    def _stream(handler, events):
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Connection", "close")
        handler.end_headers()
        for event in events:
            data = event if isinstance(event, str) else json.dumps(event)
            handler.wfile.write(f"data: {data}\n\n".encode())
        handler.close_connection = True
