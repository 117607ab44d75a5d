// SPDX-License-Identifier: GPL-2.0-only
// Who has which bytes of each device, for a drawing.
#pragma once

#include "daemon/media/tree/file_system.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace famfs::ctl {

/// In order of rank: where several share a place, the highest is shown.
enum class Holder { file, log, superblock, problem };

struct Stretch {
    Holder holder = Holder::file;
    std::uint64_t start = 0; ///< bytes on the device
    std::uint64_t end = 0;   ///< after the last one
};

struct DeviceSpace {
    std::uint64_t size = 0; ///< bytes
    std::vector<Stretch> stretches;
};

/// By device index. A problem's place is the byte where it was found, and the space that its file claims.
/// @primary: superblock and log.
std::vector<DeviceSpace> device_spaces(const media::FileSystem &file_system,
                                       std::span<const std::byte> primary);

} // namespace famfs::ctl
