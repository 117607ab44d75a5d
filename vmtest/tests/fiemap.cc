// SPDX-License-Identifier: GPL-2.0-only
#include "vmtest/tests/fiemap.h"

#include "base/fd.h"

#include <cerrno>
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

namespace famfs::vmtest {

std::vector<FileExtent> extents_of(const std::string &path, std::uint64_t start, std::uint64_t length,
                                   int &error) {
    constexpr unsigned most = 16;
    std::vector<std::uint64_t> buffer((sizeof(fiemap) + most * sizeof(fiemap_extent)) /
                                      sizeof(std::uint64_t));
    auto *map = reinterpret_cast<fiemap *>(buffer.data());
    map->fm_start = start;
    map->fm_length = length;
    map->fm_extent_count = most;

    const base::Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    error = ::ioctl(file.get(), FS_IOC_FIEMAP, map) == 0 ? 0 : errno;
    std::vector<FileExtent> extents;
    for (unsigned i = 0; error == 0 && i < map->fm_mapped_extents; ++i) {
        const fiemap_extent &extent = map->fm_extents[i];
        extents.push_back({extent.fe_logical, extent.fe_physical, extent.fe_length, extent.fe_flags});
    }
    return extents;
}

} // namespace famfs::vmtest
