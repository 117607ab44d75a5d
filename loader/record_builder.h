// SPDX-License-Identifier: GPL-2.0-only
// From a server's FileMap to the bytes of a record: validation, device index to cookie, choice of the kind.
#pragma once

#include "bpf/abi.h"
#include "loader/base/error.h"
#include "loader/file_map.h"

#include <cstdint>
#include <span>
#include <vector>

namespace famfs::loader {

/// A record without its `list` reference, and the extents that go where the reference will point (none for
/// SIMPLE).
struct BuiltRecord {
    famfs_record record{};
    std::vector<famfs_extent> extents;
};

/// @most_extents: how many the backend can hold for one file.
/// EINVAL: the map contradicts itself or names an unknown device; E2BIG: too many extents. The hint says
/// which and why.
base::Expected<BuiltRecord> build_record(const FileMap &file, std::span<const std::uint32_t> cookies,
                                         std::size_t most_extents);

} // namespace famfs::loader
