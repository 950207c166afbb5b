#!/bin/sh
# differ.sh PROBE DIR [COMPARISONS [SEED]]: compares with the reference engine, which npm brings into DIR once.
# No SEED, or an empty one: one from the clock.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
probe=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
place=$2
command -v node >/dev/null && command -v npm >/dev/null || { echo "skipped: node and npm are not there"; exit 77; }
# Several may run at once, and one of them brings it.
mkdir -p "$place"
exec 9>"$place/lock"
flock 9
if [ ! -d "$place/node_modules/@cedar-policy/cedar-wasm" ]; then
	(cd "$place" && npm init -y >/dev/null 2>&1 && npm install --no-audit --no-fund @cedar-policy/cedar-wasm@4.12.0 >/dev/null 2>&1) ||
		{ echo "skipped: npm cannot bring @cedar-policy/cedar-wasm@4.12.0"; exit 77; }
fi
exec 9>&-
shift 2
cd "$place"
# V8's optimizer for JavaScript was seen to die ("unreachable code") about once in five runs, and brings nothing here. Where
# node dies all the same, that says nothing of either engine.
for attempt in 1 2 3; do
	status=0
	node --no-opt "$here/differ.mjs" "$probe" "$@" || status=$?
	[ "$status" -ge 128 ] || exit "$status"
	echo "node died of signal $((status - 128)) in attempt $attempt"
done
exit "$status"
