#!/bin/sh
# Fails when a Go file is not formatted, and names it.
set -eu
go=$1
gofmt=$(dirname "$(command -v "$go")")/gofmt
[ -x "$gofmt" ] || gofmt=$("$go" env GOROOT)/bin/gofmt
bad=$(find . -name '*.go' -not -path './.git/*' -exec "$gofmt" -l {} +)
if [ -n "$bad" ]; then
    echo "not formatted (gofmt -w mends it):" >&2
    echo "$bad" >&2
    exit 1
fi
