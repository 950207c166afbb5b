"""The tasks of the Cedar benchmark corpus on this engine and on the reference engine, as its npm package (wasm) and, where
cargo can bring it, as a native program. One JSON object a line: CPU time of an operation, and how often it fits into the
peer's (`floor` is the peer's time, `ratio` ours over theirs: below 1 is faster)."""

import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile

from measure import FOLDER, QUICK, show

HERE = pathlib.Path(__file__).parent
TOP = HERE.parent
BUILD = FOLDER.parent
VECTORS = pathlib.Path(os.environ.get("TIPSTAFF_CONFORMANCE", TOP.parent / "shared" / "conformance"))
REQUESTS_MAX = 256
TEXTS = {"ipaddr": ("ip", "10.0.0.1"), "decimal": ("decimal", "1.5"), "datetime": ("datetime", "2024-06-01T12:00:00Z"), "duration": ("duration", "1h")}


def run(*command, **options):
    """The program's lines, or None where it cannot be run."""
    try:
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True, **options)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"{command[0]}: {error}: {getattr(error, 'stderr', '')}", file=sys.stderr)
        return None
    return done.stdout


def results(text):
    return {} if text is None else {line["name"]: line["value"] for line in map(json.loads, text.splitlines())}


class Schema:
    """What of a schema's JSON is needed to ask questions that it allows."""

    def __init__(self, declared, entities):
        [(self.space, self.body)] = declared.items()
        self.by_type = {}
        for entity in entities:
            uid = entity["uid"].get("__entity", entity["uid"])
            self.by_type.setdefault(uid["type"], []).append(uid)

    def full(self, name):
        return f"{self.space}::{name}" if self.space and "::" not in name else name

    def entities(self, name):
        return self.by_type.get(self.full(name)) or [{"type": self.full(name), "id": "nobody"}]

    def value(self, declared):
        kind = declared["type"]
        if kind in ("Entity", "EntityOrCommon", "Extension"):
            kind = declared["name"]
        if kind in self.body.get("commonTypes", {}):
            return self.value(self.body["commonTypes"][kind])
        if kind in TEXTS:
            function, argument = TEXTS[kind]
            return {"__extn": {"fn": function, "arg": argument}}
        plain = {"Long": 3, "String": "a", "Boolean": True, "Bool": True}
        if kind in plain:
            return plain[kind]
        if kind == "Set":
            return [self.value(declared["element"])]
        if kind == "Record":
            return {name: self.value(field) for name, field in declared.get("attributes", {}).items()}
        return {"__entity": self.entities(kind)[0]}

    def requests(self):
        """Each action in turn, with the entities of its types in turn."""
        asked = []
        actions = [(name, action["appliesTo"]) for name, action in self.body["actions"].items() if action.get("appliesTo")]
        for round_number in range(REQUESTS_MAX // max(1, len(actions)) + 1):
            for name, applies in actions:
                if not applies.get("principalTypes") or not applies.get("resourceTypes"):
                    continue
                principals = [uid for kind in applies["principalTypes"] for uid in self.entities(kind)]
                resources = [uid for kind in applies["resourceTypes"] for uid in self.entities(kind)]
                asked.append({"principal": principals[round_number % len(principals)], "action": {"type": self.full("Action"), "id": name},
                              "resource": resources[round_number * 7 % len(resources)], "context": self.value(applies.get("context", {"type": "Record"}))})
        return asked[:REQUESTS_MAX]


def prepare(task, corpus, place):
    """The task's files under the names that all three programs read."""
    place.mkdir()
    for key, name in (("policy_file", "policies.cedar"), ("cedar_schema_file", "schema.cedarschema"), ("json_schema_file", "schema.json"), ("entities_file", "entities.json")):
        if key in task:
            shutil.copy(corpus / task[key], place / name)
    if "json_policy_parse" not in task.get("exclude_targets", []):
        translated = run(BUILD / "tipstaff", "policy", "translate", "--to", "json", place / "policies.cedar")
        if translated is not None:
            (place / "policies.json").write_text(translated)
    if "entities_file" in task:
        schema = Schema(json.loads((place / "schema.json").read_text()), json.loads((place / "entities.json").read_text()))
        (place / "requests.json").write_text(json.dumps(schema.requests()))


def wasm(place):
    """A folder where node finds the reference engine, or None."""
    if run("npm", "install", "--no-audit", "--no-fund", "@cedar-policy/cedar-wasm@4.12.0", cwd=place) is None:
        return None
    return place


def native():
    """The native program, built once below the build folder, or None."""
    source = FOLDER / "native"
    shutil.copytree(HERE / "peers" / "native", source, dirs_exist_ok=True)
    made = run("cargo", "build", "--release", "--quiet", cwd=source)
    return source / "target" / "release" / "native" if made is not None else None


def main():
    archive = VECTORS / "cedar" / "benchmark-corpus.tar.gz"
    if not archive.exists():
        print(f"skipped: {archive} is not there")
        return
    quick = ["--quick"] if QUICK else []
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        with tarfile.open(archive) as packed:
            packed.extractall(scratch, filter="data")
        corpus = scratch / "corpus"
        (scratch / "node").mkdir()
        peers = {"wasm": (wasm(scratch / "node"), None), "native": (None, native())}
        for name, (folder, program) in peers.items():
            if not folder and not program:
                print(f"skipped: the reference engine as {name} cannot be had")
        ratios = {}
        for number, task in enumerate(json.loads((corpus / "tasks.json").read_text())):
            place = scratch / str(number)
            prepare(task, corpus, place)
            ours = results(run(FOLDER / "tasks", place, *quick))
            theirs = {}
            if peers["wasm"][0]:
                theirs["wasm"] = results(run("node", HERE / "peers" / "tasks.mjs", place, *quick, cwd=peers["wasm"][0]))
            if peers["native"][1]:
                theirs["native"] = results(run(peers["native"][1], place, *quick))
            allowed = {round(values["allowed"], 2) for values in [ours, *theirs.values()] if "allowed" in values}
            if len(allowed) > 1:
                raise SystemExit(f"{task['name']}: the engines do not agree: {allowed} % allowed")
            for target, value in ours.items():
                if target == "allowed":
                    show(f"{task['name']} allowed", value, "%")
                    continue
                if not theirs:
                    show(f"{task['name']} {target}", value, "ns")
                for peer, values in theirs.items():
                    if target in values:
                        show(f"{task['name']} {target} against {peer}", value, "ns", values[target])
                        ratios.setdefault((target, peer), []).append(values[target] / value)
        for (target, peer), factors in ratios.items():
            show(f"all tasks: {target}, times faster than {peer}, median", statistics.median(factors), "times")
            show(f"all tasks: {target}, times faster than {peer}, least", min(factors), "times")


main()
