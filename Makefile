# Two commands matter: `make run` shows a running Stazh, `make test` runs every test.
# Both install what is missing, see .make/setup.sh.

GO ?= $(or $(shell command -v go),/usr/local/go/bin/go)
BIN := bin/stazh

# Packages whose tests run under the race detector too: those with goroutines that share
# state. The others would only get slower.
RACE := ./ledger/... ./commands ./projections/... ./api/...

# With a C compiler the race detector works; without, the same tests run plainly.
HAVE_CC := $(shell command -v $(or $(CC),gcc) 2>/dev/null)

# What `stazh version` says; empty where the source is not in git.
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null)

FUZZTIME ?= 10s
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run build setup test race fuzz bench lint generate verify ci clean FORCE

help: ## Show what can be made.
	@echo "Stazh: the ledger of insured persons and contributions."
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

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
	sh .make/test.sh "$(GO)" $(RACE)

race: ## Run all tests of all packages under the race detector.
	@sh .make/setup.sh test
	$(GO) test -race ./...

fuzz: ## Fuzz every parser for FUZZTIME each.
	sh .make/fuzz.sh "$(GO)" $(FUZZTIME)

bench: ## Measure against limits of the same run: a table, and JSON lines in bench.jsonl.
	@sh .make/setup.sh test
	$(GO) build -trimpath -o bin/stazh-bench ./cmd/stazh-bench
	bin/stazh-bench -out bench.jsonl -scale $(or $(BENCH_SCALE),1)

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
