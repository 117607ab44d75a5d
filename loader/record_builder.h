// SPDX-License-Identifier: GPL-2.0-only
// From a server's FileMap to the bytes of a record: validation, device index to cookie, choice of the kind.
#pragma once

#include "base/error.h"
#include "base/file_map.h"
#include "bpf/abi.h"

#include <cstdint>
#include <span>
#include <vector>

namespace famfs::loader {

/// A record without its `list` reference, and the elements that go where the reference will point: extents,
/// after them the slots of a long list (none at all if they are in the record).
struct BuiltRecord {
    famfs_record record{};
    std::vector<famfs_extent> elements;

    /// The arithmetic of a fault, for who publishes nothing.
    [[nodiscard]] enum famfs_status map(std::uint64_t position, famfs_answer &answer) const;
};

/// Extents that continue each other on their device become one, so that answers are as long as they can be.
/// EINVAL: the map contradicts itself or names an unknown device; EOVERFLOW: more extents than
/// FAMFS_EXTENTS_MAX. The hint says which and why.
base::Expected<BuiltRecord> build_record(const base::FileMap &file, std::span<const std::uint32_t> cookies);

} // namespace famfs::loader
