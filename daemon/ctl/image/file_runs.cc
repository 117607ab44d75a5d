// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/image/file_runs.h"

#include "bpf/mapping.h"

#include <numeric>

namespace famfs::ctl {

namespace {

constexpr std::uint64_t any_nodeid = 1; // the record is in nobody's map

base::Expected<loader::BuiltRecord> build(base::FileMap map) {
    std::uint32_t devices = 0;
    for (const base::Extent &extent : map.extents)
        devices = std::max(devices, extent.device + 1);
    std::vector<std::uint32_t> cookies(devices);
    std::iota(cookies.begin(), cookies.end(), 1U);
    map.nodeid = any_nodeid;
    return loader::build_record(map, cookies);
}

} // namespace

FileRuns::FileRuns(const base::FileMap &map, std::vector<std::span<std::byte>> devices)
    : built_(build(map)), devices_(std::move(devices)) {}

base::Expected<std::span<std::byte>> FileRuns::at(std::uint64_t position) const {
    if (!built_)
        return std::unexpected(built_.error());
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
