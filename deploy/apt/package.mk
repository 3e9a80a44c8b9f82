# From the sources to what users install: one binary, a .deb with it, an apt repository with that. Included by ../../Makefile.

.PHONY: publish deb apt-repo

SOURCES = $(shell find src -type f -not -path '*/bin/*' -not -path '*/obj/*') Directory.Build.props Directory.Packages.props
PACKAGING = CHANGELOG.md $(shell find deploy/apt deploy/systemd -type f)
VERSION = $(shell sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)

publish: out/flipagent

# Self-contained, trimmed, compiled ahead (ReadyToRun), one file: users install no runtime.
out/flipagent: $(SOURCES)
	rm -rf out/publish
	dotnet publish src/FlipAgent -c Release -r linux-x64 --self-contained -v quiet --nologo -o out/publish \
	  -p:PublishSingleFile=true -p:PublishTrimmed=true -p:PublishReadyToRun=true -p:DebugType=none -p:PublishDocumentationFiles=false
	install -m 0755 out/publish/flipagent out/flipagent
	ln -sf flipagent out/flipagentctl
	@ls -l out/flipagent

deb: out/flipagent_$(VERSION)_amd64.deb

out/flipagent_$(VERSION)_amd64.deb: out/flipagent $(PACKAGING)
	deploy/apt/need.sh debhelper dpkg-dev
	deploy/apt/build-deb.sh

apt-repo: out/flipagent_$(VERSION)_amd64.deb
	deploy/apt/need.sh apt-utils gnupg xz-utils
	deploy/apt/build-repo.sh
