#!/bin/sh
# corpus.sh PROGRAM DIR: unpacks the Cedar conformance data below DIR and runs PROGRAM over it.
set -eu
program=$1
data=${TIPSTAFF_CONFORMANCE:-$SOURCE_ROOT/../shared/conformance}/cedar
if [ ! -d "$data" ]; then
	echo "skipped: $data is not there"
	exit 77
fi
mkdir -p "$2"
place=$(mktemp -d "$2/corpus.XXXXXX")
trap 'rm -rf "$place"' EXIT
for archive in corpus-tests corpus-validation handwritten; do
	tar -xzf "$data/$archive.tar.gz" -C "$place"
done
"$program" "$place/tests"
"$program" "$place/corpus-tests" "$place/corpus-tests-validation"
