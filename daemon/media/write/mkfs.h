// SPDX-License-Identifier: GPL-2.0-only
// A new file system: superblock, empty log, and a label and a record for each secondary device.
#pragma once

#include "base/error.h"
#include "daemon/media/format/layout.h"
#include "daemon/media/write/write_back.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace famfs::media {

struct TargetDevice {
    std::span<std::byte> bytes; ///< all of it, writable
    std::string path;           ///< recorded for people, and named in errors
    base::Uuid uuid = {};       ///< all zeros: a random one
};

struct MkfsOptions {
    std::uint64_t log_length = min_log_length;     ///< bytes; a power of two, at least 8 MiB
    std::uint64_t alloc_unit = default_alloc_unit; ///< bytes; 4 KiB or 2 MiB
    bool force = false;                            ///< overwrite a file system that is there
    base::Uuid system_uuid = {};                   ///< of this host, which becomes the master
    base::Uuid uuid = {};                          ///< of the file system; all zeros: a random one
};

/// Nothing is written unless everything is right. The superblock's magic is written last, so that a crash
/// leaves either the old file system, or none, or the new one. EINVAL: a device below 4 GiB, a bad log
/// length or allocation unit. EEXIST: a famfs is there and not @force.
base::Expected<void> mkfs(const TargetDevice &primary, std::vector<TargetDevice> secondaries,
                          const MkfsOptions &options, WriteBack &write_back);

/// Zeroes the magic: the device is no famfs any more. EMEDIUMTYPE: it was none.
base::Expected<void> unmake(const TargetDevice &device, WriteBack &write_back);

} // namespace famfs::media
