#!/bin/sh
# corpus.sh CORPUS SCHEMAS DIR: unpacks the Cedar conformance data below DIR and runs both programs over it.
set -eu
corpus=$1
schemas=$2
data=${TIPSTAFF_CONFORMANCE:-$SOURCE_ROOT/../shared/conformance}/cedar
if [ ! -d "$data" ]; then
	echo "skipped: $data is not there"
	exit 77
fi
mkdir -p "$3"
place=$(mktemp -d "$3/corpus.XXXXXX")
trap 'rm -rf "$place"' EXIT
for archive in corpus-tests corpus-validation handwritten; do
	tar -xzf "$data/$archive.tar.gz" -C "$place"
done
"$corpus" "$place/tests"
"$corpus" "$place/corpus-tests" "$place/corpus-tests-validation"
"$schemas" "$place/corpus-tests"
