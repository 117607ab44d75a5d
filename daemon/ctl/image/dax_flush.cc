// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/image/dax_flush.h"

#include "base/try.h"
#include "daemon/media/format/layout.h"

#include <algorithm>

namespace famfs::ctl {

base::Expected<void> flush_lines(const media::FileSystem &file_system, std::span<const NamedNode> files,
                                 const DeviceBytes &devices, media::WriteBack &write_back) {
    for (const NamedNode &file : files) {
        const auto stretches = FAMFS_TRY(stretches_of(file.node->map, devices));
        for (const std::span<std::byte> bytes : stretches)
            write_back.lines(bytes);
    }
    for (const std::span<std::byte> device : devices)
        write_back.lines(device.first(std::min<std::size_t>(device.size(), media::superblock_region)));
    const std::uint64_t log_end = media::entry_offset(file_system.log_header().next_index);
    write_back.lines(devices.front().subspan(media::log_offset, log_end - media::log_offset));
    write_back.fence();
    return {};
}

} // namespace famfs::ctl
