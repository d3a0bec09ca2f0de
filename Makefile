# `make` alone lists the targets. Every target that needs something sets it up first.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# One configuration and one set of flags everywhere: a changed flag compiles everything again.
# -enable-testing lets the same objects serve the tests, the benchmarks and the product.
FLAGS := -c release -Xswiftc -enable-testing
FRESHET := .build/release/freshet

# libgomp spins while it waits unless told otherwise: 40 times slower on a busy machine. Freshet's threads are its own.
export OMP_WAIT_POLICY := passive
export OPENBLAS_NUM_THREADS := 1

# Words for freshet: `make run ARGS="--port 8080"`.
ARGS ?=

.PHONY: help run test build lint format bench bench-growth bench-gate load clean setup setup-test data features train-embeddings \
  build-index train-ranker load-features serve evaluate faults faults-quick soak restart-time docs

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-17s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: build ## set up, build, and run everything on 127.0.0.1:8000 (FRESHET_DATA=DIR, ARGS="--port N")
	@scripts/with-data $(FRESHET) run $(ARGS)

test: setup-test ## set up, build and run every test; the last line counts passed, failed and skipped
	@swift build $(FLAGS) --build-tests
	@scripts/test $(FLAGS)

build: setup ## build the program
	@swift build $(FLAGS) --product freshet

lint: ## check format and local rules
	@scripts/lint

format: ## rewrite the sources in the project's format
	@swift format -i -r $(wildcard Sources Tests Benchmarks) Package.swift

bench: setup-test ## run the benchmarks: CPU time, allocations, ratio to the alternative (ARGS="--filter NAME")
	@swift build $(FLAGS) --product freshet-bench
	@.build/release/freshet-bench $(ARGS)

bench-growth: setup-test ## what an event costs while the state grows (ARGS="EVENTS", default 1000000)
	@swift build $(FLAGS) --product freshet-bench
	@.build/release/freshet-bench --growth $(or $(ARGS),1000000)

bench-gate: setup-test ## fail where a benchmark allocates more, or runs more instructions, than its limit
	@swift build $(FLAGS) --product freshet-bench
	@scripts/bench-gate $(ARGS)

load: setup ## build the HTTP load generator, .build/release/freshet-load
	@swift build $(FLAGS) --product freshet-load
	@echo ".build/release/freshet-load --help"

setup: ## install what running needs, after saying what is missing
	@scripts/setup run

setup-test: ## install what tests and benchmarks need as well
	@scripts/setup run test

data: setup ## find or fetch a data set and print its folder
	@scripts/data

features: build ## fold the data set into user records and item features
	@scripts/with-data $(FRESHET) train --only features $(ARGS)

train-embeddings: build ## train the two towers
	@scripts/with-data $(FRESHET) train --only towers $(ARGS)

build-index: build ## build the vector index from the towers
	@scripts/with-data $(FRESHET) train --only index $(ARGS)

train-ranker: build ## train the ranker
	@scripts/with-data $(FRESHET) train --only ranker $(ARGS)

load-features: build ## write the features of users and items to Redis
	@scripts/with-data $(FRESHET) train --only load $(ARGS)

serve: build ## answer requests over HTTP from the state and models that are there
	@exec $(FRESHET) serve $(ARGS)

evaluate: build ## measure the recommendations on the data set, prequentially
	@scripts/with-data $(FRESHET) evaluate $(ARGS)

faults: setup-test ## kill, stop and cut off real processes and servers, 100 rounds (ARGS="--rounds N --seed N --only killRedis,zombie")
	@swift build $(FLAGS) --product freshet && swift build $(FLAGS) --product freshet-faults
	@.build/release/freshet-faults $(ARGS)

faults-quick: setup-test ## one round of each family of faults, as in make test
	@swift build $(FLAGS) --build-tests
	@scripts/test $(FLAGS) --filter FaultTests

soak: setup-test ## steady load for ten minutes, memory and descriptors every 30 s (ARGS="--seconds N --rate N --requests N")
	@swift build $(FLAGS) --product freshet && swift build $(FLAGS) --product freshet-faults
	@.build/release/freshet-faults soak $(ARGS)

restart-time: setup-test ## from kill -9 of make run's process to serving again, on the data set's state
	@swift build $(FLAGS) --product freshet && swift build $(FLAGS) --product freshet-faults
	@.build/release/freshet-faults restart --data "$$(scripts/data)" $(ARGS)

docs: build ## write docs/settings.md and docs/metrics.md from the program
	@scripts/docs

clean: ## remove what was built; what was installed or learned stays
	@rm -rf .build
