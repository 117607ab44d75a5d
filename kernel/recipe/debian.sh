# SPDX-License-Identifier: GPL-2.0-only
# Debian 13's packages through an apt of our own: own sources, index, downloads. The system's apt sees nothing of it.

index_days=1
apt_dir=$cache/apt
series_pattern='7\.3\.[0-9]+\+deb13(\.[0-9]+)?-amd64'

private_apt() {
	local site
	site=$(mirror)
	[ -n "$site" ] || die "apt knows no mirror of Debian 12: run tests/setup, or 'apt-get update', once"
	mkdir -p "$apt_dir"/{state/lists/partial,cache/archives/partial,parts}
	: >"$apt_dir/status"
	for suite in trixie trixie-backports; do
		echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $site $suite main"
	done >"$apt_dir/sources.list"
	cat >"$apt_dir/apt.conf" <<-END
		Dir::State "$apt_dir/state";
		Dir::State::status "$apt_dir/status";
		Dir::Cache "$apt_dir/cache";
		Dir::Etc::sourcelist "$apt_dir/sources.list";
		Dir::Etc::sourceparts "$apt_dir/parts";
		Dir::Etc::preferences "$apt_dir/preferences";
		Dir::Etc::preferencesparts "$apt_dir/parts";
		APT::Architecture "amd64";
		APT::Architectures { "amd64"; };
		APT::Install-Recommends "false";
		APT::Sandbox::User "";
		Acquire::Languages "none";
		Acquire::Retries "3";
		APT::Update::Error-Mode "any";
		Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
		Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
	END
}

apt_private() { APT_CONFIG=$apt_dir/apt.conf "$@"; }

# newest_kernel: "release version" of the newest 7.3.y whose source, headers and image are all of the same version.
newest_kernel() {
	local release version source
	release=$(apt_private apt-cache pkgnames linux-headers-7.3 | grep -xE "linux-headers-$series_pattern" |
		sed 's/^linux-headers-//' | sort -V | tail -n 1)
	[ -n "$release" ] || die "Debian's trixie-backports has no 7.3 kernel (any more)"
	version=$(apt_private apt-cache show --no-all-versions "linux-headers-$release" | sed -n 's/^Version: //p')
	source=$(apt_private apt-cache show linux-source-7.3 | sed -n 's/^Version: //p' | grep -Fx "$version") ||
		die "linux-source-7.3 has no version $version, which linux-headers-$release has"
	echo "$release $source"
}

# The packages of the module's build root: what linux-headers depends on, and what a build under make calls.
root_packages="make bash dash coreutils sed grep mawk findutils perl-base diffutils binutils"

root_closure() {
	apt_private apt-get --simulate install "linux-headers-$release=$version" $root_packages |
		sed -nE 's/^Inst ([^ ]+) \(([^ ]+) .*/\1=\2/p' | sort
}

index_is_fresh() { [ -n "$(find "$apt_dir/resolved" -mtime "-$index_days" 2>/dev/null)" ]; }

# ask_debian: writes what there is now to resolved. Fails without a network, and while the mirror has one package of a new kernel
# but not yet the other.
ask_debian() {
	apt_private apt-get -qq update >&2 || return
	local newest
	newest=$(newest_kernel) || return
	read -r release version <<<"$newest"
	{ echo "$newest" && root_closure; } >"$apt_dir/resolved.new" || return
	mv "$apt_dir/resolved.new" "$apt_dir/resolved"
}

# refresh_index: asks Debian at most once in $index_days days; where that fails, the older answer serves as well.
refresh_index() {
	! index_is_fresh || return 0
	private_apt
	say "asking Debian for the newest 7.3 kernel"
	if ! ask_debian; then
		[ -s "$apt_dir/resolved" ] || die "Debian's package index is of no use, and there is no older answer"
		say "the answer of $(date -r "$apt_dir/resolved" +%F) serves"
	fi
}

# Sets release (7.3.4+deb13-amd64) and version (7.3.4-1~bpo13+1); needs no network while the index is fresh.
resolve_kernel() {
	index_is_fresh || locked index refresh_index
	read -r release version <"$apt_dir/resolved"
	[ -n "$version" ] || die "$apt_dir/resolved is damaged: remove it"
}

deb_file() { echo "$cache/download/${1%%=*}_${1#*=}.deb"; }

# download NAME=VERSION...: into the cache, once; prints the file names in the same order.
download() {
	local item missing=()
	for item; do
		[ -s "$(deb_file "$item")" ] || missing+=("$item")
	done
	[ ${#missing[@]} -eq 0 ] || locked download fetch "${missing[@]}"
	for item; do
		deb_file "$item"
	done
}

# fetch NAME=VERSION...: apt checks signature and hash; only what passed gets its final name.
fetch() {
	local folder=$cache/download item
	mkdir -p "$folder/partial"
	[ -s "$apt_dir/apt.conf" ] || private_apt
	say "downloading $# packages"
	(cd "$folder/partial" && apt_private apt-get -qq download "$@" >&2) || die "download failed: $*; when Debian has newer ones by now: rm $apt_dir/resolved"
	for item in "$folder"/partial/*.deb; do
		mv -- "$item" "$(deb_file "$(dpkg-deb --show --showformat '${Package}=${Version}' "$item")")"
	done
}
