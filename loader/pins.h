// SPDX-License-Identifier: GPL-2.0-only
// Names in bpffs. A session's pins lie under pin_directory(name) in links/, maps/ and progs/, all or none:
// they are made in a staging directory beside it, which is then renamed.
#pragma once

#include "base/error.h"

#include <string>
#include <vector>

namespace famfs::loader {

/// A descriptor of a link, map or program, and where it goes: "maps/counters". Borrowed.
struct Pin {
    int fd = -1;
    std::string path;
};

/// EINVAL: not 1 to 63 characters of [A-Za-z0-9_-] (bpffs refuses dots).
base::Expected<void> check_pin_name(const std::string &name);

/// Mounts bpffs on /sys/fs/bpf if nothing of the kind is there, and pins everything into the staging
/// directory of @name. On failure nothing of it is left.
base::Expected<void> stage_pins(const std::string &name, const std::vector<Pin> &pins);
/// The staged pins become the pins of @name; EEXIST if there are some.
base::Expected<void> commit_pins(const std::string &name);
/// The staged pins take the place of the pins of @name in one step; what was there is removed.
base::Expected<void> exchange_pins(const std::string &name);
/// Removes what stage_pins() made.
void drop_staged_pins(const std::string &name);

/// Names that have pins.
std::vector<std::string> list_pins();

} // namespace famfs::loader
