// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/growing_file.h"

#include <algorithm>

namespace famfs::server {

std::uint64_t GrowingFile::capacity() const {
    std::uint64_t bytes = 0;
    for (const base::Extent &extent : file.map.extents)
        bytes += extent.length;
    return bytes;
}

std::vector<base::Extent> ranges_of(const base::FileMap &map, std::uint64_t from, std::uint64_t to) {
    std::vector<base::Extent> ranges;
    std::uint64_t position = 0;
    for (const base::Extent &extent : map.extents) {
        const std::uint64_t begin = std::max(from, position);
        const std::uint64_t end = std::min(to, position + extent.length);
        if (begin < end)
            ranges.push_back({extent.device, extent.offset + (begin - position), end - begin});
        position += extent.length;
    }
    return ranges;
}

} // namespace famfs::server
