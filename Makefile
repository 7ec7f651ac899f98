# AIStore. "make help" lists the targets. Each is short; what is longer is a
# script under deploy/.

GO       ?= go
TAGS     ?=
ARGS     ?=
RUN      ?= .
FUZZTIME ?= 10s
SOAKTIME ?= 10m
PARALLEL ?= 4
VERSION := 5.0.0$(addprefix .,$(shell git describe --always --dirty 2>/dev/null))
TIME     := $(shell git log -1 --format=%cI 2>/dev/null)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help build check test cluster fuzz bench bench-archive bench-s3 soak demo python s3clients run deploy kill clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## put every command into bin/; TAGS="aws gcp azure" adds cloud backends
	@mkdir -p bin
	CGO_ENABLED=0 $(GO) build -trimpath -tags "$(TAGS)" -ldflags "-X main.version=$(VERSION) -X main.buildTime=$(TIME)" -o bin/ ./cmd/...

check: ## gofmt, vet for Linux and macOS, staticcheck, floors
	@GO="$(GO)" deploy/test/check.sh

test: ## all tests with the race detector, the longest package first; then what is random and long without it
	$(GO) test -race -timeout 10m -parallel $(PARALLEL) ./tests ./... $(ARGS)
	$(GO) test -timeout 10m -run '^(TestModel|TestSchedules|TestS3Lifecycle(DayByDay|OnceADay)|TestCrash.*)$$' ./tests ./store/... ./ais/objects $(ARGS)

cluster: build ## cluster tests, RUN=Mirror for some; AIS_ENDPOINT=http://… runs them against that cluster
	$(GO) test -v -count=1 -timeout 30m -run '$(RUN)' ./tests/... $(ARGS)

fuzz: ## every fuzz target for FUZZTIME each; RUN=Parse for some
	@GO="$(GO)" FUZZTIME="$(FUZZTIME)" RUN="$(RUN)" deploy/test/fuzz.sh

bench: build ## compare a cluster with plain file servers; ARGS=-short for a quick look
	$(GO) run ./bench $(ARGS)

soak: build ## long suites and fuzzing, SOAKTIME for each, PyTorch, S3 clients
	AIS_SOAK="$(SOAKTIME)" $(GO) test -count=1 -timeout 0 ./... $(ARGS)
	@GO="$(GO)" FUZZTIME="$(SOAKTIME)" RUN="$(RUN)" deploy/test/fuzz.sh
	@tests/pytorch/run.sh --install
	@FEW=5000 tests/s3clients/run.sh

demo: build ## a tour of the command line, checked; AIS_ENDPOINT=http://… takes it there
	@AIS_SKIP_BUILD=1 docs/demo.sh $(ARGS)

python: build ## the Python SDK, 1.x and 2.x, against a cluster of its own
	@tests/python/run.sh $(ARGS)

s3clients: build ## unmodified S3 clients against clusters of its own
	@GO="$(GO)" tests/s3clients/run.sh $(ARGS)

bench-archive: build ## compare reading a member of a large archive with reading an object
	$(GO) run ./bench/archive $(ARGS)

bench-s3: build ## compare S3 with the native interface, on one target and on three
	$(GO) run ./bench/s3 -targets 1 $(ARGS)
	$(GO) run ./bench/s3 -targets 3 $(ARGS)

run: ## a gateway and three targets, from nothing to a stored object
	@deploy/dev/local/run.sh $(ARGS)

deploy: ## a cluster on this machine; asks for its size
	@deploy/dev/local/deploy.sh $(ARGS)

kill: ## stop the clusters that run and deploy have started
	@deploy/dev/local/kill.sh $(ARGS)

clean: kill ## remove binaries, and the local clusters with their data; tools stay
	rm -rf dist .run
	@find bin -maxdepth 1 -type f -delete 2>/dev/null || true
