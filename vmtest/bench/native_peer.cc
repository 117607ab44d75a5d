// SPDX-License-Identifier: GPL-2.0-only
#include "vmtest/bench/native_peer.h"

#include "base/fd.h"
#include "vmtest/bench/require.h"

#include <bit>
#include <fcntl.h>
#include <sys/ioctl.h>

namespace famfs::vmtest {

void choose_resolver(int fuse_fd, fuse_iomap_bench_resolver resolver) {
    fuse_iomap_bench request = {};
    request.resolver = resolver;
    require(::ioctl(fuse_fd, FUSE_DEV_IOC_IOMAP_BENCH, &request) == 0,
            "choose a resolver (kernel of module-bench?)");
}

void give_extents(int fuse_fd, const std::string &path, const base::FileMap &file) {
    const base::Fd in_use(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    require(static_cast<bool>(in_use), "open " + path);
    std::vector<fuse_iomap_bench_extent> extents;
    extents.reserve(file.extents.size());
    for (const base::Extent &extent : file.extents)
        extents.push_back(
            {.addr = extent.offset, .length = extent.length, .dev = extent.device + 1, .padding = 0});
    fuse_iomap_bench request = {.resolver = 0,
                                .nr_extents = static_cast<__u32>(extents.size()),
                                .nodeid = file.nodeid,
                                .chunk = file.chunk,
                                .extents = std::bit_cast<__u64>(extents.data())};
    require(::ioctl(fuse_fd, FUSE_DEV_IOC_IOMAP_BENCH, &request) == 0 || errno == EEXIST,
            "give extents to " + path);
}

} // namespace famfs::vmtest
