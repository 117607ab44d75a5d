// SPDX-License-Identifier: GPL-2.0-only
// The guest's dax devices, and handing them to a connection.
#pragma once

#include "base/fd.h"
#include "bpf/hook.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace famfs::vmtest {

/// "dax0.0" and so on.
std::string dax_name(int number);
std::uint64_t dax_size(int number);
base::Fd open_dax(int number, int flags);

/// FUSE_DEV_IOC_IOMAP_DEVICE: a cookie, or a negative errno.
int hand_over(int fuse_fd, int dax_fd, std::uint64_t length, std::uint32_t flags = 0);
/// Hands over the whole device; a failure fails the test.
std::uint32_t hand_over(int fuse_fd, int number);

/// FUSE_DEV_IOC_IOMAP_WRITE: 0 or an errno.
int store(int fuse_fd, const fuse_iomap_write &request);
/// @bytes to @offset of the device; a failure fails the test.
void store_bytes(int fuse_fd, std::uint32_t device, std::uint64_t offset, std::string_view bytes);

/// Takes the device from its driver, and gives it one. "fsdev_dax" or "device_dax".
void unbind(int number, const std::string &driver);
void bind(int number, const std::string &driver);

} // namespace famfs::vmtest
