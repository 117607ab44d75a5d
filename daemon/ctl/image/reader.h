// SPDX-License-Identifier: GPL-2.0-only
// The bytes of a file of a Source: from the devices' mappings, or through the mount.
#pragma once

#include "daemon/ctl/image/source.h"

#include <functional>

namespace famfs::ctl {

/// Called for consecutive pieces; false ends the reading.
using Visit = std::function<bool(std::uint64_t position, std::span<const std::byte> bytes)>;

/// @path is relative to the root, @node what it names.
base::Expected<void> read_content(const Opened &opened, const std::string &path, const media::Node &node,
                                  const Visit &visit);

} // namespace famfs::ctl
