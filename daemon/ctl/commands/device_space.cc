// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/commands/device_space.h"

#include "daemon/media/format/bytes.h"

#include <algorithm>

namespace famfs::ctl {

namespace {

void add(std::vector<DeviceSpace> &spaces, Holder holder, std::uint64_t device, std::uint64_t start,
         std::uint64_t length) {
    if (device >= spaces.size() || start >= spaces[device].size)
        return;
    spaces[device].stretches.push_back(
        {holder, start, start + std::min(length, spaces[device].size - start)});
}

/// A file that is not served is in no node, but its space is taken.
void add_problem(std::vector<DeviceSpace> &spaces, const media::Problem &problem,
                 std::span<const std::byte> primary) {
    add(spaces, Holder::problem, 0, problem.offset, 1);
    if (problem.entry == media::Problem::no_entry)
        return;
    const std::uint64_t at = media::entry_offset(static_cast<std::uint64_t>(problem.entry));
    if (!media::holds(primary, at, sizeof(media::LogEntry)))
        return;
    const auto entry = media::snapshot<media::LogEntry>(primary, at);
    if (entry.crc != media::crc_of(entry) || entry.type != static_cast<std::uint32_t>(media::EntryType::file))
        return;
    for (const media::MediaExtent &extent : media::extents_of(entry.file))
        add(spaces, Holder::problem, extent.device, extent.offset, extent.length);
}

} // namespace

std::vector<DeviceSpace> device_spaces(const media::FileSystem &file_system,
                                       std::span<const std::byte> primary) {
    std::vector<DeviceSpace> spaces;
    for (const media::DeviceEntry &device : file_system.devices()) {
        spaces.push_back({device.size, {}});
        add(spaces, Holder::superblock, spaces.size() - 1, 0, media::superblock_region);
    }
    add(spaces, Holder::log, 0, media::log_offset, file_system.superblock().log_length);
    for (const media::Node &node : file_system.nodes())
        if (node.nodeid >= media::first_entry_nodeid)
            for (const base::Extent &extent : node.map.extents)
                add(spaces, Holder::file, extent.device, extent.offset, extent.length);
    for (const media::Problem &problem : file_system.problems())
        add_problem(spaces, problem, primary);
    return spaces;
}

} // namespace famfs::ctl
