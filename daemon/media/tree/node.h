// SPDX-License-Identifier: GPL-2.0-only
// A file or directory as callers see it. There is one per log entry, so it is small and owns nothing: name
// and extents lie with whoever made it.
#pragma once

#include "base/file_map.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace famfs::media {

/// A base::FileMap whose extents are somebody else's.
struct FileMapView {
    std::uint64_t nodeid = 0;
    std::uint64_t size = 0; ///< bytes
    std::uint64_t chunk = 0;
    std::span<const base::Extent> extents;

    /// Implicit, so that a node's map can be published, or given to whatever else takes one.
    operator base::FileMap() const {
        return {.nodeid = nodeid, .size = size, .chunk = chunk, .extents = {extents.begin(), extents.end()}};
    }
};

struct Node {
    std::uint64_t nodeid = 0;
    std::uint64_t parent = 0;
    std::string_view name; ///< one component; any bytes but '/' and NUL
    bool directory = false;
    std::uint32_t mode = 0; ///< permission bits
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    FileMapView map = {}; ///< files only
};

static_assert(sizeof(Node) <= 88, "as much is kept for each file");

} // namespace famfs::media
