// SPDX-License-Identifier: GPL-2.0-only
// A file's extents as a server states them, before they become a record (bpf/abi.h).
#pragma once

#include <cstdint>
#include <vector>

namespace famfs::base {

/// Bytes [offset, offset + length) of one device. All multiples of 4096.
struct Extent {
    std::uint32_t device = 0; ///< index of the device, as the server numbers them (not the kernel's cookie)
    std::uint64_t offset = 0;
    std::uint64_t length = 0;

    bool operator==(const Extent &) const = default;
};

/// chunk == 0: the extents follow each other. Otherwise they are strips, dealt chunk by chunk; chunk is a
/// power of two.
struct FileMap {
    std::uint64_t nodeid = 0;
    std::uint32_t generation = 0;
    std::uint64_t size = 0; ///< bytes, > 0; the extents cover at least this much
    std::uint64_t chunk = 0;
    std::vector<Extent> extents;
};

} // namespace famfs::base
