// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/media/tree/log_reader.h"

#include "base/text.h"
#include "daemon/media/check/entry_check.h"
#include "daemon/media/check/file_check.h"
#include "daemon/media/check/log_check.h"
#include "daemon/media/check/path_check.h"
#include "daemon/media/check/superblock_check.h"
#include "daemon/media/format/bytes.h"

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

LogReader::LogReader(std::span<const std::byte> primary, std::span<const std::uint64_t> device_sizes)
    : sizes_(device_sizes.begin(), device_sizes.end()) {
    const std::uint64_t size = sizes_.empty() ? primary.size() : sizes_[0];
    if (const Refusal superblock = check_superblock(primary, size, fs_.superblock_, problems_)) {
        refuse(superblock, "read the superblock of");
    } else if (const Refusal log = check_log_header(primary, fs_.superblock_, fs_.log_header_, problems_)) {
        refuse(log, "read the log header of");
    } else {
        add_primary(size);
        add_fixed_nodes();
        count();
    }
}

void LogReader::refuse(Refusal refusal, const char *operation) {
    refusal_ = base::Error{refusal, operation, "the primary device", problems_.list().front().message};
}

std::uint64_t LogReader::feed(std::span<const std::byte> entries) {
    const std::uint64_t first = next();
    const std::uint64_t end = first + entries.size() / sizeof(LogEntry);
    missing_.clear();
    while (!damaged_ && next() < end &&
           read_entry(snapshot<LogEntry>(entries, (next() - first) * sizeof(LogEntry)), end))
        fs_.usage_.log_used++;
    refuse_conflicts(first, entries);
    report_missing_devices();
    count();
    return next() - first;
}

Inspection LogReader::finish() && {
    Inspection result;
    if (refusal_) {
        result.error = *std::move(refusal_);
        result.problems = problems_.take();
        return result;
    }
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
    result.problems = problems_.take();
    fs_.problems_ = result.problems;
    result.file_system = std::move(fs_);
    return result;
}

void LogReader::add_primary(std::uint64_t size) {
    std::uint64_t recorded = fs_.superblock_.device_size;
    if (recorded < data_start(0, fs_.superblock_.log_length))
        recorded = size;
    fs_.devices_.push_back({recorded, fs_.superblock_.device_uuid, true, std::min(recorded, size)});
}

void LogReader::add_fixed_nodes() {
    // next_index is not covered by a CRC, so it is trusted with only so much memory in advance.
    const std::size_t nodes =
        std::min<std::uint64_t>(fs_.log_header_.next_index, 1U << 16) + first_entry_nodeid;
    fs_.positions_.reserve(nodes);
    fs_.positions_.assign(first_entry_nodeid, NameTable::none);
    fs_.nodes_.reserve(nodes);
    fs_.lists_.reserve(nodes);
    fs_.names_.reserve(nodes);
    claims_.reserve(nodes);
    fs_.add({.nodeid = root_nodeid, .parent = root_nodeid, .name = "", .directory = true, .mode = 0755});
    fs_.add({.nodeid = meta_nodeid, .parent = root_nodeid, .name = ".meta", .directory = true, .mode = 0755});
    const auto add_file = [&](std::uint64_t nodeid, std::string_view name, std::uint64_t offset,
                              std::uint64_t length) {
        const std::span<base::Extent> extents = fs_.extents_.take(1);
        extents[0] = {0, offset, length};
        fs_.add({.nodeid = nodeid,
                 .parent = meta_nodeid,
                 .name = name,
                 .mode = 0444,
                 .map = {.nodeid = nodeid, .size = length, .extents = extents}});
    };
    add_file(superblock_nodeid, ".superblock", 0, superblock_region);
    add_file(log_nodeid, ".log", log_offset, fs_.superblock_.log_length);
}

/// False where the log cannot be followed further. @end: of what is fed.
bool LogReader::read_entry(const LogEntry &entry, std::uint64_t end) {
    const std::uint64_t index = next();
    prefetch_name(entry);
    if (!entry_complete(entry, index)) {
        report_incomplete(entry, end);
        return false;
    }
    EntryReport report(index, problems_);
    switch (static_cast<EntryType>(entry.type)) {
    case EntryType::file:
        apply_file(entry, report);
        break;
    case EntryType::mkdir:
        apply_mkdir(entry, report);
        break;
    case EntryType::add_device:
        apply_device(entry, report);
        break;
    default:
        report_unknown(entry, end, report);
        return false;
    }
    check_reserved(entry, report);
    return true;
}

/// The table of a large log is not in the cache: what the next file's name will need is fetched while its CRC
/// is computed. Unchecked, and a guess of the directory; a wrong one costs nothing but time.
void LogReader::prefetch_name(const LogEntry &entry) const {
    const Path &field = entry.file.path;
    const std::string_view path(field.data(), ::strnlen(field.data(), field.size()));
    fs_.names_.prefetch(last_directory_nodeid_, path.substr(path.rfind('/') + 1));
}

/// A last entry that is not whole is being written, or its writer died; one in the middle is damage.
void LogReader::report_incomplete(const LogEntry &entry, std::uint64_t end) {
    const std::uint64_t index = next();
    const bool last = index + 1 == end;
    const bool sequence = entry.seqnum != index;
    EntryReport report(index, problems_);
    const std::string field = sequence ? "seqnum" : "crc";
    const std::size_t at = sequence ? offsetof(LogEntry, seqnum) : offsetof(LogEntry, crc);
    const std::string found = sequence ? std::to_string(entry.seqnum) : base::hex(entry.crc);
    const std::string expected = sequence ? std::to_string(index) : base::hex(crc_of(entry));
    damaged_ = !last;
    if (last)
        report.warning("entry-incomplete", field, at, found, expected,
                       "the last entry is not there yet: look again; if it stays, its writer died");
    else
        report.error(sequence ? "entry-seqnum" : "entry-crc", field, at, found, expected,
                     "the log is damaged here: this entry and the " + std::to_string(end - index - 1) +
                         " after it are not served");
}

void LogReader::report_unknown(const LogEntry &entry, std::uint64_t end, EntryReport &report) {
    damaged_ = true;
    report.error("entry-type", "type", offsetof(LogEntry, type), std::to_string(entry.type),
                 "0 (FILE), 1 (MKDIR) or 3 (ADD_DAXDEV)",
                 "what it changes is unknown, so it and the " + std::to_string(end - report.index() - 1) +
                     " entries after it are not served: a newer program may know it");
}

/// Where a path of the log belongs, if everything about it is right.
std::optional<LogReader::Place> LogReader::locate(const Path &path, std::size_t at, EntryReport &report) {
    const PathCheck check = check_path(path);
    if (check.code != nullptr) {
        report.error(check.code, "relpath", at, base::quote(check.path), check.expected);
        return {};
    }
    const std::size_t slash = check.path.rfind('/');
    const bool top = slash == std::string_view::npos;
    const auto parent = find_directory(top ? "" : check.path.substr(0, slash));
    if (!parent) {
        report.error("path-parent", "relpath", at, base::quote(check.path),
                     "a parent directory that an earlier entry made");
        return {};
    }
    const std::string_view name = top ? check.path : check.path.substr(slash + 1);
    if (const auto owner = owner_of(*parent, name)) {
        report.error("path-duplicate", "relpath", at, base::quote(check.path),
                     "a name that entry " + std::to_string(*owner) + " does not have");
        return {};
    }
    return Place{*parent, name};
}

/// The entry that has made the name, whether it is served or not.
std::optional<std::uint64_t> LogReader::owner_of(std::uint64_t parent, std::string_view name) const {
    if (const Node *node = fs_.find(parent, name))
        return node->nodeid - first_entry_nodeid;
    const auto names = refused_names_.find(parent);
    if (names == refused_names_.end())
        return {};
    const auto refused = names->second.find(name);
    return refused == names->second.end() ? std::nullopt : std::optional(refused->second);
}

/// Files of one directory tend to follow each other, so the last answer is kept.
std::optional<std::uint64_t> LogReader::find_directory(std::string_view path) {
    if (path == last_directory_)
        return last_directory_nodeid_;
    const Node *node = fs_.find_path(path);
    if (node == nullptr || !node->directory)
        return {};
    last_directory_ = path;
    last_directory_nodeid_ = node->nodeid;
    return node->nodeid;
}

void LogReader::apply_file(const LogEntry &entry, EntryReport &report) {
    const FileCheck check = check_file(entry, fs_.superblock_, fs_.devices_, claims_, report);
    const auto place = locate(entry.file.path, offsetof(LogEntry, file.path), report);
    if (!check.usable || !place)
        return;
    if (check.missing_device) {
        const MissingDevice first{report.index(), check.missing_at, 0};
        missing_.try_emplace(*check.missing_device, first).first->second.files++;
        return;
    }
    const std::uint64_t nodeid = first_entry_nodeid + report.index();
    fs_.add({.nodeid = nodeid,
             .parent = place->parent,
             .name = place->name,
             .mode = entry.file.mode & 07777U,
             .uid = entry.file.uid,
             .gid = entry.file.gid,
             .map = take_map(entry.file, nodeid)});
}

/// @file obeys every rule.
FileMapView LogReader::take_map(const FilePayload &file, std::uint64_t nodeid) {
    const std::span<const MediaExtent> from = extents_of(file);
    const std::span<base::Extent> extents = fs_.extents_.take(from.size());
    std::ranges::transform(from, extents.begin(), [](const MediaExtent &extent) {
        return base::Extent{static_cast<std::uint32_t>(extent.device), extent.offset, extent.length};
    });
    const bool simple = file.extent_type == static_cast<std::uint32_t>(ExtentType::simple);
    return {.nodeid = nodeid,
            .size = file.size,
            .chunk = simple ? 0 : file.interleaved.chunk,
            .extents = extents};
}

void LogReader::apply_mkdir(const LogEntry &entry, EntryReport &report) {
    if ((entry.mkdir.mode & ~07777U) != 0)
        report.warning("mode", "mode", offsetof(LogEntry, mkdir.mode), base::hex(entry.mkdir.mode),
                       "permission bits only", "the other bits are ignored");
    if (const auto place = locate(entry.mkdir.path, offsetof(LogEntry, mkdir.path), report))
        fs_.add({.nodeid = first_entry_nodeid + report.index(),
                 .parent = place->parent,
                 .name = place->name,
                 .directory = true,
                 .mode = entry.mkdir.mode & 07777U,
                 .uid = entry.mkdir.uid,
                 .gid = entry.mkdir.gid});
}

void LogReader::apply_device(const LogEntry &entry, EntryReport &report) {
    if (!check_device(entry.device, report))
        return;
    add_device(entry.device.size, entry.device.uuid);
    const DeviceEntry &device = fs_.devices_.back();
    const std::uint64_t at_hand = device.at_hand ? sizes_[fs_.devices_.size() - 1] : device.size;
    if (device.size > at_hand)
        report.error("device-size", "dd_size", offsetof(LogEntry, device.size), std::to_string(device.size),
                     "at most " + std::to_string(at_hand),
                     "the device is smaller than the log says: files beyond its end are not served");
    else if (device.size < at_hand)
        report.warning("device-size", "dd_size", offsetof(LogEntry, device.size), std::to_string(device.size),
                       std::to_string(at_hand), "the rest of the device is not used");
}

bool LogReader::check_device(const DevicePayload &device, EntryReport &report) {
    bool good = true;
    if (device.index != fs_.devices_.size()) {
        report.error("device-index", "dd_index", offsetof(LogEntry, device.index),
                     std::to_string(device.index), std::to_string(fs_.devices_.size()),
                     "the device is not used");
        good = false;
    }
    if (device.size <= superblock_region || device.size > INT64_MAX) {
        report.error("device-size", "dd_size", offsetof(LogEntry, device.size), std::to_string(device.size),
                     "more than 2097152", "the device is not used");
        good = false;
    }
    if (std::ranges::find(fs_.devices_, device.uuid, &DeviceEntry::uuid) != fs_.devices_.end()) {
        report.error("device-duplicate", "dd_uuid", offsetof(LogEntry, device.uuid),
                     base::to_string(device.uuid), "a uuid that no other device has",
                     "the device is not used");
        good = false;
    }
    return good;
}

void LogReader::add_device(std::uint64_t recorded, const base::Uuid &uuid) {
    const std::size_t index = fs_.devices_.size();
    const bool at_hand = index < sizes_.size() && sizes_[index] != 0;
    fs_.devices_.push_back({recorded, uuid, at_hand, at_hand ? std::min(recorded, sizes_[index]) : recorded});
}

/// Bytes that two files claim belong to the earlier one; the later one is not served.
/// @entries: what was fed, from index @first on. Of two files that claim a byte, the later one is not served.
void LogReader::refuse_conflicts(std::uint64_t first, std::span<const std::byte> entries) {
    const auto conflicts = claims_.conflicts();
    if (conflicts.empty())
        return;
    for (const Conflict &conflict : conflicts) {
        const Claim &claim = conflict.claim;
        const auto [field, at] =
            extent_field(snapshot<LogEntry>(entries, (claim.entry - first) * sizeof(LogEntry)), claim.extent);
        const bool self = conflict.owner == claim.entry;
        EntryReport(claim.entry, problems_)
            .error(self ? "extent-self-overlap" : "extent-overlap", field, at,
                   "bytes " + std::to_string(claim.start) + " to " + std::to_string(claim.end) +
                       " of device " + std::to_string(claim.device),
                   self ? "bytes that no other extent of the file has"
                        : "bytes that entry " + std::to_string(conflict.owner) + " does not have");
        if (const Node *node = fs_.find(first_entry_nodeid + claim.entry))
            refused_names_[node->parent].emplace(node->name, claim.entry);
    }
    fs_.remove([&](std::uint64_t nodeid) {
        return nodeid >= first_entry_nodeid &&
               std::ranges::binary_search(conflicts, nodeid - first_entry_nodeid, {},
                                          [](const Conflict &conflict) { return conflict.claim.entry; });
    });
}

void LogReader::report_missing_devices() {
    for (const auto &[device, missing] : missing_)
        EntryReport(missing.first_entry, problems_)
            .error("device-missing", "device", missing.at,
                   "device " + std::to_string(device) + " (" + base::to_string(fs_.devices_[device].uuid) +
                       ") not given",
                   "all devices of the file system",
                   "files on it are not served (" + std::to_string(missing.files) +
                       ", this entry's is the first): name it with --secondary");
}

void LogReader::count() {
    Usage &usage = fs_.usage_;
    usage = {.log_used = usage.log_used};
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

} // namespace famfs::media
