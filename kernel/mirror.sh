# SPDX-License-Identifier: GPL-2.0-only

# mirror: the address from which this system takes Debian itself, so that other suites come the same way: right behind a proxy
# or with a local mirror too. Nothing when apt has no index yet.
mirror() {
	apt-get indextargets --format '$(SITE) $(CODENAME) $(LABEL)' 'Created-By: Packages' |
		awk '$2 == "bookworm" && $3 == "Debian" && !site { site = $1 } END { if (site) print site }'
}
