// SPDX-License-Identifier: GPL-2.0-only
// What is mounted where, as this mount namespace sees it (/proc/self/mountinfo, proc(5)); libmount reads it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace famfs::fuse {

struct MountEntry {
    std::uint64_t id = 0;
    std::string mountpoint;
    std::string type;
    std::string source;
};

/// Empty if /proc is not mounted.
std::vector<MountEntry> read_mount_table();
/// The same from text; lines that are no mountinfo are left out.
std::vector<MountEntry> parse_mount_table(const std::string &text);
/// Mountpoints of our mounts of @source, separated by commas; "" if there are none.
std::string mounts_of(std::string_view source);

} // namespace famfs::fuse
