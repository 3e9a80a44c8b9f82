# FlipAgent. `make demo` and `make test` do all the set-up that they need on a fresh machine.
SHELL := /bin/bash
.DEFAULT_GOAL := build
.PHONY: build test ways pictures test-fast sim demo bench benchmarks soak mutants verify format clean

export DOTNET_CLI_TELEMETRY_OPTOUT := 1
export DOTNET_NOLOGO := 1

build:
	dotnet build -v q

# Everything that can fail, in one command. Installs what it lacks as root.
test:
	tests/run.sh all

# Core, simulator and loopback tests, under a minute once built.
test-fast:
	tests/run.sh fast

# make sim SEED=42 replays one seed, a line per event; make sim SEEDS=20000 sweeps.
sim:
	dotnet build -v q -c Release tests/FlipAgent.Sim
	@$(if $(SEED),dotnet run --no-build -c Release --project tests/FlipAgent.Sim -- seed $(SEED) $(SIMFLAGS),dotnet run --no-build -c Release --project tests/FlipAgent.Sim -- sweep $(or $(SEEDS),2000) $(SIMFLAGS))

# The reference cluster on loopback: steady, failure, repair, revert. ROUNDS=n (default 10), PROVIDER=hetzner or exec for another cloud.
demo:
	tests/demo.sh

# FlipAgent beside keepalived, in one run of 25 minutes at most: tables, picture and data in out/bench (as root). ROUNDS=n, BENCH='killed hung ...', FORMER=other binary.
bench:
	tests/bench.sh

# What one advert and one step cost (BenchmarkDotNet), some minutes; reports in out/benchmarks. BENCHMARKS='--filter *Decode*' passes arguments on.
benchmarks:
	dotnet run -c Release --project tests/FlipAgent.Benchmarks -- $(BENCHMARKS)

# The ready-made ways in alone (cloud-init, Vagrant, Ansible, Terraform), and the README as a newcomer follows it; part of `make test`.
ways:
	tests/ways.sh

# The pictures of the status page in docs/pictures, anew (headless Chromium).
pictures:
	deploy/apt/need.sh chromium pngquant
	dotnet build -v q tests/FlipAgent.Tests
	PICTURES=1 dotnet test --no-build --nologo tests/FlipAgent.Tests --filter FullyQualifiedName~Page.PictureTests
	pngquant --force --ext .png --skip-if-larger --speed 1 64 docs/pictures/*.png

# The long forms: a sweep of 100,000 simulated lives; four hours of changed files for the readers; ten minutes each of a healthy pair, no processor time, no memory, 30 % loss; failovers
# under a flood; an hour of TLS connections; the package on three releases of Debian; an upgrade of a live pair from 1.0.1 and back (as root).
soak:
	tests/run.sh soak

mutants:
	tests/mutants.sh

verify:
	tests/verify.sh

format:
	dotnet format FlipAgent.sln

clean:
	rm -rf out
	find src tests -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} +

include deploy/apt/package.mk
