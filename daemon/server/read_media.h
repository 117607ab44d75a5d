// SPDX-License-Identifier: GPL-2.0-only
// From the bytes of the devices to a checked file system that the mount may serve.
#pragma once

#include "base/error.h"
#include "daemon/media/tree/file_system.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace famfs::server {

/// All bytes of one device. Borrowed.
struct DeviceView {
    std::string path;
    std::span<const std::byte> bytes;
};

/// @devices: primary first. Logs every problem, and fails if there is one that means a damaged file system,
/// unless
/// @salvage. Works on a copy of superblock and log, because other hosts may write them meanwhile.
base::Expected<media::FileSystem> read_file_system(const std::vector<DeviceView> &devices, bool salvage);

} // namespace famfs::server
