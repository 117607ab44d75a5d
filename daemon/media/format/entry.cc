// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/media/format/entry.h"

#include "daemon/media/format/bytes.h"

#include <cstring>

namespace famfs::media {

namespace {

LogEntry zeroed(EntryType type) {
    LogEntry entry;
    std::memset(&entry, 0, sizeof(entry));
    entry.type = static_cast<std::uint32_t>(type);
    return entry;
}

MediaExtent media_extent(const base::Extent &extent) {
    return {extent.device, extent.offset, extent.length};
}

void copy_path(std::string_view from, Path &to) {
    from.copy(to.data(), max_path);
}

} // namespace

LogEntry make_file_entry(std::string_view path, const base::FileMap &map, const Attributes &attributes) {
    LogEntry entry = zeroed(EntryType::file);
    FilePayload &file = entry.file;
    file.size = map.size;
    file.flags = all_hosts_write;
    file.uid = attributes.uid;
    file.gid = attributes.gid;
    file.mode = attributes.mode;
    copy_path(path, file.path);
    const bool simple = map.chunk == 0;
    file.extent_type = static_cast<std::uint32_t>(simple ? ExtentType::simple : ExtentType::interleaved);
    file.extents = simple ? static_cast<std::uint32_t>(map.extents.size()) : 1;
    if (!simple) {
        file.interleaved.strips = map.extents.size();
        file.interleaved.chunk = map.chunk;
    }
    for (std::size_t i = 0; i < map.extents.size() && i < max_extents; i++)
        (simple ? file.simple : file.interleaved.strip).at(i) = media_extent(map.extents[i]);
    return entry;
}

LogEntry make_directory_entry(std::string_view path, const Attributes &attributes) {
    LogEntry entry = zeroed(EntryType::mkdir);
    entry.mkdir.uid = attributes.uid;
    entry.mkdir.gid = attributes.gid;
    entry.mkdir.mode = attributes.mode;
    copy_path(path, entry.mkdir.path);
    return entry;
}

LogEntry make_device_entry(std::uint32_t index, const base::Uuid &uuid, std::uint64_t size) {
    LogEntry entry = zeroed(EntryType::add_device);
    entry.device.size = size;
    entry.device.uuid = uuid;
    entry.device.index = index;
    return entry;
}

void seal(LogEntry &entry, std::uint64_t index) {
    entry.seqnum = index;
    entry.crc = crc_of(entry);
}

} // namespace famfs::media
