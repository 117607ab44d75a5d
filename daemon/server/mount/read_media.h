// SPDX-License-Identifier: GPL-2.0-only
// From the bytes of the devices to a checked file system that the mount may serve.
#pragma once

#include "base/error.h"
#include "daemon/device/device.h"
#include "daemon/media/tree/file_system.h"

#include <span>

namespace famfs::server {

/// @devices: mapped, primary first. Logs every problem, and fails if there is one that means a damaged file
/// system, unless @salvage. Works on a copy of superblock and log, because other hosts may write them
/// meanwhile.
base::Expected<media::FileSystem> read_file_system(std::span<const device::Device> devices, bool salvage);

} // namespace famfs::server
