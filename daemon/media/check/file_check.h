// SPDX-License-Identifier: GPL-2.0-only
// The rules for a FILE entry: attributes, and extents that lie inside known devices and cover the file.
#pragma once

#include "daemon/media/check/claims.h"
#include "daemon/media/check/device_entry.h"
#include "daemon/media/check/entry_report.h"
#include "daemon/media/format/layout.h"

#include <cstdint>
#include <optional>
#include <span>

namespace famfs::media {

struct FileCheck {
    bool usable = true;                          ///< the file obeys every rule
    std::optional<std::uint64_t> missing_device; ///< the first that an extent names and that is not at hand
    std::size_t missing_at = 0;                  ///< byte in the entry where it is named
};
/// @entry is complete and of type file. Extents that lie inside their devices go to @claims, also if the file
/// is not usable.
FileCheck check_file(const LogEntry &entry, const Superblock &superblock,
                     std::span<const DeviceEntry> devices, Claims &claims, EntryReport &report);

} // namespace famfs::media
