# The front door. Each target first installs what it needs (packages.txt), then hands over to Meson.
MESON  := $(firstword $(wildcard /usr/bin/meson) meson)
BUILD  := build

# make fuzz: seconds for each target, and which (all in turn when not said).
SECONDS := 60
TARGETS :=

# make simulate: how many worlds, from which on, and of which kind (by the seed when not said).
SEEDS := 1000
FIRST := 1000
PROFILE :=

.PHONY: build test fuzz crash simulate bench demo demo-stop format lint sanitize clean

build:
	@tools/install-packages build
	@test -f $(BUILD)/build.ninja || $(MESON) setup $(BUILD)
	@ninja -C $(BUILD)

test:
	@tools/install-packages build test
	@tools/run-tests

fuzz:
	@tools/install-packages build test
	@tools/fuzz --seconds $(SECONDS) $(TARGETS)

# CRASH: what goes to tests/e2e/agent_crash_test.py --every.
crash: build
	@tools/crash $(CRASH)

simulate: build
	@$(BUILD)/slipway-simulate --first $(FIRST) --seeds $(SEEDS) --jobs $$(nproc) $(if $(PROFILE),--profile $(PROFILE))

# BENCH: rows to measure, or another endpoint (bench/run --help).
bench: build
	@bench/run --build $(BUILD) $(BENCH)

demo: build
	@tools/demo start

demo-stop:
	@tools/demo stop

format:
	@tools/install-packages lint
	@tools/format

lint:
	@tools/install-packages build lint
	@tools/lint

sanitize:
	@tools/install-packages build lint
	@tools/sanitize

clean:
	rm -rf build build-* var
