// SPDX-License-Identifier: GPL-2.0-only
// FS_IOC_FIEMAP, as filefrag(8) asks it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace famfs::vmtest {

struct FileExtent {
    std::uint64_t logical;
    std::uint64_t physical;
    std::uint64_t length;
    std::uint32_t flags; ///< FIEMAP_EXTENT_
};

/// Extents of @length bytes from @start; errno, or 0, in @error.
std::vector<FileExtent> extents_of(const std::string &path, std::uint64_t start, std::uint64_t length,
                                   int &error);

} // namespace famfs::vmtest
