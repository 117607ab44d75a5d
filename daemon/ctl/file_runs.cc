// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/file_runs.h"

#include <bit>

namespace famfs::ctl {

namespace {
constexpr std::uint64_t any_nodeid = 1; // the record is in nobody's map
} // namespace

FileRuns::FileRuns(const loader::FileMap &map, std::vector<std::span<std::byte>> devices)
    : devices_(std::move(devices)) {
    const bool interleaved = map.chunk != 0;
    record_.nodeid = any_nodeid;
    record_.size = map.size;
    record_.kind = interleaved ? FAMFS_RECORD_INTERLEAVED : FAMFS_RECORD_LIST;
    record_.chunk_shift = interleaved ? static_cast<__u8>(std::countr_zero(map.chunk)) : 0;
    record_.extents = static_cast<__u16>(map.extents.size());
    std::uint64_t position = 0;
    for (const loader::Extent &extent : map.extents) {
        extents_.push_back({interleaved ? 0 : position, extent.offset, extent.length, extent.device + 1, 0});
        position += extent.length;
    }
}

enum famfs_status FileRuns::resolve(std::uint64_t position, famfs_answer &answer) const {
    famfs_reference reference{};
    enum famfs_status status = famfs_open_record(&record_, any_nodeid, position);
    if (status == FAMFS_OK)
        status = famfs_read_reference(&record_, &reference);
    return status == FAMFS_OK ? famfs_map_reference(&reference, extents_.data(), position, &answer) : status;
}

base::Expected<std::span<std::byte>> FileRuns::at(std::uint64_t position) const {
    famfs_answer answer{};
    const enum famfs_status status = resolve(position, answer);
    if (status != FAMFS_OK)
        return base::fail(famfs_status_errno(status), "map", "position " + std::to_string(position));
    const std::size_t device = answer.device - 1;
    if (device >= devices_.size() || answer.address > devices_[device].size() ||
        answer.length > devices_[device].size() - answer.address)
        return base::fail(EIO, "map", "position " + std::to_string(position), "it leads out of its device");
    const std::uint64_t skip = position - answer.offset;
    return devices_[device].subspan(answer.address + skip, answer.length - skip);
}

} // namespace famfs::ctl
