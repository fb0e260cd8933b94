#!/bin/sh
# Runs the tests of all packages: test.sh GO BOTH RACE-PATTERN... Those that match a pattern
# run under the race detector where a C compiler is there. BOTH lists those that check less
# there, as they compute much: they run plainly as well, where they check all.
set -eu
go=$1
both=$2
shift 2
all=$(mktemp)
raced=$(mktemp)
only=$(mktemp)
trap 'rm -f "$all" "$raced" "$only"' EXIT
"$go" list ./... | sort >"$all"
: >"$raced"
if command -v "${CC:-gcc}" >/dev/null 2>&1; then
    "$go" list "$@" | sort >"$raced"
fi
"$go" list $both | sort | comm -23 "$raced" - >"$only"
status=0
plain=$(comm -23 "$all" "$only")
if [ -s "$raced" ]; then
    echo "== tests under the race detector"
    CGO_ENABLED=1 "$go" test -race -timeout 10m $(cat "$raced") || status=1
fi
if [ -n "$plain" ]; then
    echo "== tests"
    "$go" test -timeout 10m $plain || status=1
fi
exit "$status"
