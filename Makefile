# Two commands matter: `make run` shows a running Stazh, `make test` runs every test.
# Both install what is missing, see .make/setup.sh.

GO ?= $(or $(shell command -v go),/usr/local/go/bin/go)
BIN := bin/stazh

# Packages whose tests run under the race detector too: those with goroutines that share
# state. The others would only get slower.
RACE := ./ledger/... ./commands ./projections/... ./api/...

# Of these, the packages whose tests check less under the race detector, and run plainly too.
BOTH := ./commands

# With a C compiler the race detector works; without, the same tests run plainly.
HAVE_CC := $(shell command -v $(or $(CC),gcc) 2>/dev/null)

# What `stazh version` says; empty where the source is not in git.
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null)

FUZZTIME ?= 10s
HISTORIES ?= 1000
STEPS ?= 500
SOAK ?= 600
PEERS := cmd/stazh-bench/peers
# The functions of ours that time is spent in or below, and the collector's own.
TOP := -top -nodecount=25 -show='stazh/|gcBgMarkWorker'
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run build setup test race histories fuzz bench bench-peers bench-profile bench-report soak lint generate verify ci clean FORCE

help: ## Show what can be made.
	@echo "Stazh: the ledger of insured persons and contributions."
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: setup build ## Start with a demonstration country on http://127.0.0.1:8080.
	$(BIN) demo $(ARGS)

build: $(BIN) ## Build bin/stazh.

$(BIN): FORCE
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false \
		-ldflags "-X main.built=$(VERSION)" -o $@ ./cmd/stazh

setup:
	@sh .make/setup.sh run

test: lint ## Run every test: vet, format, all packages, races where they matter.
	@sh .make/setup.sh test
	sh .make/test.sh "$(GO)" "$(BOTH)" $(RACE)

race: ## Run all tests of all packages under the race detector.
	@sh .make/setup.sh test
	$(GO) test -race ./...

histories: ## Live HISTORIES random histories of STEPS steps on Postgres and check all of them.
	@sh .make/setup.sh test
	$(GO) test ./api/node -run TestRandomHistories -count=1 -timeout 3h -v \
		-histories $(HISTORIES) -steps $(STEPS) -between 125

fuzz: ## Fuzz every parser for FUZZTIME each.
	sh .make/fuzz.sh "$(GO)" $(FUZZTIME)

# The processes of a benchmark collect garbage as `stazh serve` does.
bench bench-peers soak bench-profile: export GOGC ?= 800
bench bench-peers soak bench-profile: export GOMEMLIMIT ?= 460MiB

bench: bin/stazh-bench ## Measure against limits of the same run: a table, and bench.jsonl.
	bin/stazh-bench -out bench$(BENCH_SCALE:%=-%).jsonl -scale $(or $(BENCH_SCALE),1) $(ARGS)

bench-peers: bin/stazh-bench ## Measure message-db and Emmett beside us; needs node and npm.
	cd $(PEERS) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	bin/stazh-bench -out bench-peers.jsonl -peers $(PEERS)

soak: bin/stazh-bench ## Storm, crash and lossless following for SOAK seconds each.
	bin/stazh-bench -out soak.jsonl -only lossless,storm -seconds $(SOAK)

bench-profile: bin/stazh-bench ## Profile the intake and the replay: bin/profile-*.txt.
	bin/stazh-bench -out bin/profile.jsonl -only bulk,replay -cpuprofile bin/profile-
	$(GO) tool pprof $(TOP) bin/stazh-bench bin/profile-serve-bulk.pprof \
		> bin/profile-intake.txt
	$(GO) tool pprof $(TOP) bin/stazh-bench bin/profile-replay.pprof \
		> bin/profile-replay.txt

# Each part is written when it was measured.
bench-report: bin/stazh-bench ## Write what was measured into docs/performance.md.
	for part in bench=bench.jsonl bench-10=bench-10.jsonl peers=bench-peers.jsonl \
		profile-intake=bin/profile-intake.txt profile-replay=bin/profile-replay.txt; do \
		[ ! -f $${part#*=} ] || bin/stazh-bench -report docs/performance.md \
			-part $${part%%=*} -out $${part#*=} || exit 1; \
	done

bin/stazh-bench: FORCE
	@sh .make/setup.sh test
	$(GO) build -trimpath -buildvcs=false -o $@ ./cmd/stazh-bench

lint: ## go vet and the format of the source.
	$(GO) vet ./...
	@sh .make/format.sh "$(GO)"

generate: ## Write anew what is generated and committed: golden files, the API description.
	@sh .make/setup.sh test
	$(GO) test ./api -run Golden -update # its files are examples in the description
	$(GO) test ./api -run Spec -update
	$(GO) test -parallel 1 ./ledger/event ./fixtures/country -update
	$(GO) test -run Doc ./commands/intake/format ./commands/intake/control -update
	$(GO) test -run 'Examples|Doc' ./ledger/rules -update

verify: lint ## Check that generated files and go.mod are up to date.
	$(GO) test ./api -run 'Spec'
	$(GO) mod tidy -diff
	$(GO) mod verify

ci: ## What the continuous integration runs.
	.ci/run

clean: ## Remove what was built; data in ./stazh-data stay.
	rm -rf bin
