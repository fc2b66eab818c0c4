GO ?= go

# Plugins among the examples, each a Go module of its own.
MODULES = $(dir $(wildcard examples/*/go.mod))

.PHONY: help build run test bench check fmt clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build bin/sentinel
	$(GO) build -trimpath -o bin/sentinel ./cmd/sentinel

run: build ## show a failover between nodes on this machine (no root needed)
	bin/sentinel lab

test: ## run everything: unit, simulation, interoperability, end to end
	@.ci/install
	@.ci/test

bench: build ## measure against keepalived; BENCH=name runs one
	@.ci/install
	$(GO) run ./core/lab/bench -sentinel bin/sentinel $(if $(BENCH),-only $(BENCH))

check: ## formatting, vet, staticcheck, imports, races, examples
	@.ci/install
	@unformatted="$$(gofmt -s -l .)"; [ -z "$$unformatted" ] || { echo "not formatted: $$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	GOARCH=arm $(GO) build ./... # an int of 32 bits
	@for m in $(MODULES); do echo "vet, staticcheck $$m"; \
		(staticcheck="$$($(GO) tool -n staticcheck)" && cd $$m && $(GO) vet ./... && "$$staticcheck" ./...) || exit 1; done
	$(GO) test ./core
	$(GO) run ./core/lab/retest -race -short -- ./...
	$(GO) build -o bin/sentinel ./cmd/sentinel
	@for m in $(MODULES); do (cd $$m && $(GO) build -o plugins/ .) || exit 1; done
	@for f in examples/*/*.hcl; do bin/sentinel validate -node server1 $$f || exit 1; done
	bin/sentinel fmt -check examples/*/*.hcl

fmt: ## format the Go code and the examples
	gofmt -s -w .
	$(GO) run ./cmd/sentinel fmt examples/*/*.hcl

clean: ## remove what was built
	rm -rf bin $(addsuffix plugins,$(MODULES))
