#!/bin/sh
# Runs every fuzz target for a while: fuzz.sh GO TIME.
set -eu
go=$1
time=$2
status=0
for package in $("$go" list ./...); do
    for target in $("$go" test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
        echo "== $package $target"
        "$go" test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$package" || status=1
    done
done
exit "$status"
