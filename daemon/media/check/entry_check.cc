// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/media/check/entry_check.h"

#include "base/text.h"
#include "daemon/media/format/bytes.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace famfs::media {

namespace {

/// Bytes [from, to) of an entry.
struct Range {
    std::size_t from;
    std::size_t to;
};

/// Where a list of extents ends; a count that makes no sense says nothing about what is unused.
std::size_t list_end(std::size_t list, std::uint64_t count, std::size_t limit) {
    return count == 0 || count > limit ? offsetof(LogEntry, crc) : list + count * sizeof(MediaExtent);
}

/// First unused byte after the payload, by what the entry says of itself.
std::size_t payload_end(const LogEntry &entry) {
    switch (static_cast<EntryType>(entry.type)) {
    case EntryType::file:
        break;
    case EntryType::mkdir:
        return offsetof(LogEntry, mkdir) + sizeof(MkdirPayload);
    case EntryType::add_device:
        return offsetof(LogEntry, device.index) + sizeof(DevicePayload::index);
    default:
        return offsetof(LogEntry, crc);
    }
    switch (static_cast<ExtentType>(entry.file.extent_type)) {
    case ExtentType::simple:
        return list_end(offsetof(LogEntry, file.simple), entry.file.extents, max_extents);
    case ExtentType::interleaved:
        return list_end(offsetof(LogEntry, file.interleaved.strip), entry.file.interleaved.strips,
                        max_strips);
    }
    return offsetof(LogEntry, crc);
}

/// The bytes after the NUL of a path at byte @at; an unterminated path has none.
Range path_padding(const Path &path, std::size_t at) {
    return {at + ::strnlen(path.data(), path.size()), at + path_bytes};
}

/// Everything that the format leaves unused in an entry of this type; ranges may be empty.
std::array<Range, 5> unused(const LogEntry &entry) {
    std::array<Range, 5> ranges{};
    ranges[0] = {offsetof(LogEntry, pad), offsetof(LogEntry, pad) + sizeof(entry.pad)};
    if (entry.type == static_cast<std::uint32_t>(EntryType::file)) {
        ranges[1] = path_padding(entry.file.path, offsetof(LogEntry, file.path));
        ranges[2] = {offsetof(LogEntry, file.pad1), offsetof(LogEntry, file.extents)};
        ranges[3] = {offsetof(LogEntry, file.pad2), offsetof(LogEntry, file.simple)};
    } else if (entry.type == static_cast<std::uint32_t>(EntryType::mkdir)) {
        ranges[1] = path_padding(entry.mkdir.path, offsetof(LogEntry, mkdir.path));
    }
    ranges[4] = {payload_end(entry), offsetof(LogEntry, crc)};
    return ranges;
}

std::size_t first_nonzero(const LogEntry &entry, const Range &range) {
    const auto *bytes = reinterpret_cast<const unsigned char *>(&entry);
    return static_cast<std::size_t>(
        std::find_if(bytes + range.from, bytes + range.to, [](unsigned char byte) { return byte != 0; }) -
        bytes);
}

} // namespace

bool entry_complete(const LogEntry &entry, std::uint64_t index) {
    return entry.seqnum == index && entry.crc == crc_of(entry);
}

void check_reserved(const LogEntry &entry, EntryReport &report) {
    for (const Range &range : unused(entry)) {
        if (zero_between(entry, range.from, range.to))
            continue;
        const std::size_t at = first_nonzero(entry, range);
        report.warning("entry-reserved", "reserved", at,
                       base::hex(reinterpret_cast<const unsigned char *>(&entry)[at]), "0",
                       "ignored: a newer program may have put something there");
        return;
    }
}

} // namespace famfs::media
