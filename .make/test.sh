#!/bin/sh
# Runs the tests of all packages: test.sh GO RACE-PATTERN... Those that match a pattern
# run under the race detector where a C compiler is there.
set -eu
go=$1
shift
all=$(mktemp)
raced=$(mktemp)
trap 'rm -f "$all" "$raced"' EXIT
"$go" list ./... | sort >"$all"
: >"$raced"
if command -v "${CC:-gcc}" >/dev/null 2>&1; then
    "$go" list "$@" | sort >"$raced"
fi
status=0
plain=$(comm -23 "$all" "$raced")
if [ -s "$raced" ]; then
    echo "== tests under the race detector"
    CGO_ENABLED=1 "$go" test -race -timeout 10m $(cat "$raced") || status=1
fi
if [ -n "$plain" ]; then
    echo "== tests"
    "$go" test -timeout 10m $plain || status=1
fi
exit "$status"
