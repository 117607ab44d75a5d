// SPDX-License-Identifier: GPL-2.0-only
// What can be judged only when the whole log has been read.
#include "base/text.h"
#include "daemon/media/bytes.h"
#include "daemon/media/parser.h"

#include <algorithm>

namespace famfs::media {

namespace {

/// Field name and byte in the entry of the offset of an extent.
std::pair<std::string, std::size_t> extent_field(const LogEntry &entry, std::uint32_t extent) {
    const bool simple = entry.file.extent_type == static_cast<std::uint32_t>(ExtentType::simple);
    const std::size_t first =
        simple ? offsetof(LogEntry, file.simple) : offsetof(LogEntry, file.interleaved.strip);
    return {(simple ? "extents[" : "strips[") + std::to_string(extent) + "].offset",
            first + extent * sizeof(MediaExtent) + offsetof(MediaExtent, offset)};
}

} // namespace

/// Bytes that two files claim belong to the earlier one; the later one is not served.
void Parser::refuse_conflicts() {
    const auto conflicts = claims_.conflicts();
    if (conflicts.empty())
        return;
    for (const Conflict &conflict : conflicts) {
        const Claim &claim = conflict.claim;
        const auto [field, at] =
            extent_field(snapshot<LogEntry>(primary_, entry_offset(claim.entry)), claim.extent);
        const bool self = conflict.owner == claim.entry;
        EntryReport(claim.entry, problems_)
            .error(self ? "extent-self-overlap" : "extent-overlap", field, at,
                   "bytes " + std::to_string(claim.start) + " to " + std::to_string(claim.end) +
                       " of device " + std::to_string(claim.device),
                   self ? "bytes that no other extent of the file has"
                        : "bytes that entry " + std::to_string(conflict.owner) + " does not have");
    }
    std::erase_if(fs_.nodes_, [&](const Node &node) {
        return node.nodeid >= first_entry_nodeid &&
               std::ranges::binary_search(conflicts, node.nodeid - first_entry_nodeid, {},
                                          [](const Conflict &conflict) { return conflict.claim.entry; });
    });
    fs_.index_nodes();
}

void Parser::report_missing_devices() {
    for (const auto &[device, missing] : missing_)
        EntryReport(missing.first_entry, problems_)
            .error("device-missing", "device", missing.at,
                   "device " + std::to_string(device) + " (" + base::to_string(fs_.devices_[device].uuid) +
                       ") not given",
                   "all devices of the file system",
                   "files on it are not served (" + std::to_string(missing.files) +
                       ", this entry's is the first): name it with --secondary");
    if (sizes_.size() > fs_.devices_.size())
        problems_.add({"device-surplus",
                       Severity::warning,
                       Problem::no_entry,
                       log_offset,
                       "log",
                       std::to_string(sizes_.size()) + " devices given",
                       std::to_string(fs_.devices_.size()),
                       {}},
                      "the log knows nothing of the others; they are not used");
}

void Parser::count() {
    Usage &usage = fs_.usage_;
    std::vector<DataArea> areas;
    for (std::size_t device = 0; device < fs_.devices_.size(); device++) {
        const std::uint64_t start = data_start(device, fs_.superblock_.log_length);
        areas.push_back({start, std::max(start, fs_.devices_[device].usable)});
        usage.capacity += areas.back().end - start;
    }
    const ClaimTotals totals = claims_.totals(areas);
    usage.used = totals.used;
    usage.largest_free_run = totals.largest_free_run;
    usage.log_slots = fs_.log_header_.last_index + 1;
    for (const Node &node : fs_.nodes_) {
        if (node.nodeid < first_entry_nodeid)
            continue;
        (node.directory ? usage.directories : usage.files)++;
        usage.file_bytes += node.map.size;
    }
}

Inspection FileSystem::inspect(std::span<const std::byte> primary,
                               std::span<const std::uint64_t> device_sizes) {
    return Parser(primary, device_sizes).run();
}

base::Expected<FileSystem> FileSystem::parse(std::span<const std::byte> primary,
                                             std::span<const std::uint64_t> device_sizes) {
    Inspection inspection = inspect(primary, device_sizes);
    if (!inspection.file_system)
        return std::unexpected(std::move(inspection.error));
    return std::move(*inspection.file_system);
}

std::vector<std::uint64_t> recorded_device_sizes(std::span<const std::byte> primary) {
    Superblock superblock{};
    LogHeader header{};
    ProblemList ignored;
    if (!holds(primary, 0, sizeof(Superblock)))
        return {};
    const std::uint64_t recorded = snapshot<Superblock>(primary, 0).device_size;
    if (check_superblock(primary, recorded, superblock, ignored) != 0 ||
        check_log_header(primary, superblock, header, ignored) != 0)
        return {};
    std::vector<std::uint64_t> sizes = {recorded};
    for (std::uint64_t index = 0; index < header.next_index; index++) {
        const auto entry = snapshot<LogEntry>(primary, entry_offset(index));
        if (!entry_complete(entry, index))
            break;
        if (entry.type == static_cast<std::uint32_t>(EntryType::add_device))
            sizes.push_back(entry.device.size);
    }
    return sizes;
}

} // namespace famfs::media
