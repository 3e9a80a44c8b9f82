# From the sources to what users install: one binary, a .deb with it, an apt repository with that. Included by ../../Makefile.
#   make deb ARCH=arm64     for another architecture than this machine's own

.PHONY: publish deb apt-repo method-order

SOURCES = $(shell find src -type f -not -path '*/bin/*' -not -path '*/obj/*') Directory.Build.props Directory.Packages.props
PACKAGING = CHANGELOG.md docs/runbook.md deploy/flipagent.schema.json $(shell find deploy/apt deploy/systemd deploy/monitoring -type f)
VERSION = $(shell sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
OWN_ARCH := $(shell dpkg --print-architecture)
ARCH ?= $(OWN_ARCH)

publish: $(if $(filter $(OWN_ARCH),$(ARCH)),out/flipagent,out/$(ARCH)/flipagent)

# Machine code, one file: users install no runtime.
out/amd64/flipagent out/arm64/flipagent: out/%/flipagent: $(SOURCES) deploy/apt/publish.sh deploy/apt/sysroot.sh deploy/apt/unpack.sh deploy/apt/method-order.gz
	deploy/apt/publish.sh $*

out/flipagent: out/$(OWN_ARCH)/flipagent
	install -m 0755 $< $@
	ln -sf flipagent out/flipagentctl

# Anew, after the program has changed a lot.
method-order: out/amd64/flipagent
	deploy/apt/method-order.sh

deb: out/flipagent_$(VERSION)_$(ARCH).deb

# out/flipagent too, for it prints the completions of the shells.
out/flipagent_$(VERSION)_amd64.deb out/flipagent_$(VERSION)_arm64.deb: out/flipagent_$(VERSION)_%.deb: out/%/flipagent out/flipagent $(PACKAGING)
	deploy/apt/need.sh debhelper dpkg-dev binutils python3
	deploy/apt/build-deb.sh $*

# With the packages of every architecture that were made.
apt-repo: out/flipagent_$(VERSION)_$(ARCH).deb
	deploy/apt/need.sh apt-utils gnupg xz-utils
	deploy/apt/build-repo.sh
