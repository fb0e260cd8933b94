#!/bin/sh
# Runs the benchmarks of all packages. Each prints its figures with the limit measured in
# the same run.
set -eu
go=$1
exec "$go" test -run '^$' -bench . -benchtime 1s -timeout 30m ./...
