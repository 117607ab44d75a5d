// SPDX-License-Identifier: GPL-2.0-only
// Log entries as they are written: zeroed, filled, sealed with seqnum and CRC.
#pragma once

#include "base/file_map.h"
#include "daemon/media/format/layout.h"

#include <cstdint>
#include <string_view>

namespace famfs::media {

/// Whose a new file or directory is.
struct Attributes {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::uint32_t mode = 0644; ///< permission bits
};

/// @path has passed check_new_path(); @map is the allocator's.
LogEntry make_file_entry(std::string_view path, const base::FileMap &map, const Attributes &attributes);
LogEntry make_directory_entry(std::string_view path, const Attributes &attributes);
LogEntry make_device_entry(std::uint32_t index, const base::Uuid &uuid, std::uint64_t size);
/// Makes it the entry of slot @index.
void seal(LogEntry &entry, std::uint64_t index);

} // namespace famfs::media
