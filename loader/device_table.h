// SPDX-License-Identifier: GPL-2.0-only
// The kernel's table of devices that a FUSE connection's program may map.
#pragma once

#include "base/error.h"
#include "bpf/hook.h"

#include <cstdint>

namespace famfs::loader {

/// Gives the open dax device @dax_fd to the connection of @fuse_fd and returns the kernel's cookie for it.
/// Both descriptors stay the caller's; the kernel keeps its own hold on the device until the file system is
/// unmounted.
/// @length: bytes from the device's start, a multiple of 4096. @path is for the error. Errors:
/// Session::add_device().
base::Expected<std::uint32_t> hand_over_device(int fuse_fd, int dax_fd, std::uint64_t length,
                                               const std::string &path);

/// FUSE_DEV_IOC_IOMAP_WRITE; bpf/hook.h. ENODEV: not mounted any more. EHWPOISON: bad memory. Part of it may
/// have been stored.
base::Expected<void> store_to_device(int fuse_fd, const fuse_iomap_write &request);

} // namespace famfs::loader
