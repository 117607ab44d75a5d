// SPDX-License-Identifier: GPL-2.0-only
// The resolvers in C of the bench-only kernel patch.
#pragma once

#include "base/file_map.h"
#include "vmtest/bench/kernel_bench.h"

#include <string>

namespace famfs::vmtest {

/// Whoever answers for the connection from now on.
void choose_resolver(int fuse_fd, fuse_iomap_bench_resolver resolver);
/// Hangs the extents off the inode of @path. Devices of the file are cookies less one. A file that has them
/// keeps them.
void give_extents(int fuse_fd, const std::string &path, const base::FileMap &file);

} // namespace famfs::vmtest
