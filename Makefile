# Everything a developer types. Targets longer than a few lines are scripts in deploy/.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help build check test cluster fuzz bench run deploy kill clean python

help: ## list the targets
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-14s %s\n", $$1, $$2}'

build: ## build the programs into bin/
	go build $(if $(TAGS),-tags=$(TAGS)) -o bin/ ./cmd/...

check: ## gofmt, vet, staticcheck, floors: takes seconds
	@bad=$$(git ls-files '*.go' | xargs gofmt -l); test -z "$$bad" || { echo "gofmt: $$bad"; exit 1; }
	go vet ./...
	@if command -v staticcheck >/dev/null; then staticcheck ./...; else echo "staticcheck is not installed: skipped"; fi
	go test ./internal/lint

test: check ## all tests, with the race detector
	go test -race ./...

cluster: ## the tests that start whole clusters; RUN=name picks some
	go test ./tests/... -v $(if $(RUN),-run=$(RUN))

fuzz: ## every fuzz target for a few seconds each; SECONDS=n changes how many
	deploy/dev/fuzz.sh $(or $(SECONDS),5)

bench: build ## compare with plain file servers; ARGS=-short is a quick look
	go run ./bench $(ARGS)

python: build ## the Python SDK against a cluster of its own
	tests/python/run.sh

run: ## a gateway and three targets, from nothing to a stored object
	@deploy/dev/local/run.sh

deploy: ## a cluster on this machine; asks for its size
	@deploy/dev/local/deploy.sh $(ARGS)

kill: ## stop the clusters that run and deploy have started
	@deploy/dev/local/kill.sh

clean: kill ## remove binaries, and the local clusters with their data
	rm -rf bin .run
