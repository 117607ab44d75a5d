// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/media/format/raw_json.h"

#include "base/text.h"
#include "daemon/media/format/bytes.h"

#include <algorithm>

namespace famfs::media {

namespace {

using nlohmann::ordered_json;

std::string plain_hex(const base::Uuid &uuid) {
    std::string text = base::to_string(uuid);
    std::erase(text, '-');
    return text;
}

std::string_view until_nul(std::span<const char> field) {
    const auto nul = std::ranges::find(field, '\0');
    return {field.data(), static_cast<std::size_t>(nul - field.begin())};
}

ordered_json raw_extents(std::span<const MediaExtent> extents) {
    auto json = ordered_json::array();
    for (const MediaExtent &extent : extents)
        json.push_back({extent.device, extent.offset, extent.length});
    return json;
}

void add_file(ordered_json &json, const FilePayload &file) {
    json["size"] = file.size;
    json["flags"] = file.flags;
    json["uid"] = file.uid;
    json["gid"] = file.gid;
    json["mode"] = file.mode;
    json["path"] = json_name(until_nul(file.path));
    json["ext_type"] = file.extent_type;
    json["nextents"] = file.extents;
    if (file.extent_type == static_cast<std::uint32_t>(ExtentType::interleaved)) {
        json["nstrips"] = file.interleaved.strips;
        json["chunk"] = file.interleaved.chunk;
        json["strips"] =
            raw_extents(std::span(file.interleaved.strip)
                            .first(std::min<std::uint64_t>(file.interleaved.strips, max_strips)));
    } else {
        json["extents"] =
            raw_extents(std::span(file.simple).first(std::min<std::size_t>(file.extents, max_extents)));
    }
}

void add_mkdir(ordered_json &json, const MkdirPayload &mkdir) {
    json["uid"] = mkdir.uid;
    json["gid"] = mkdir.gid;
    json["mode"] = mkdir.mode;
    json["path"] = json_name(until_nul(mkdir.path));
}

void add_device(ordered_json &json, const DevicePayload &device) {
    json["dd_size"] = device.size;
    json["dd_uuid"] = plain_hex(device.uuid);
    json["dd_index"] = device.index;
}

} // namespace

ordered_json json_name(std::string_view name) {
    if (base::is_utf8(name))
        return std::string(name);
    return base::escape(name);
}

ordered_json raw_json(const Superblock &superblock) {
    return {
        {"magic", superblock.magic},
        {"version", superblock.version},
        {"log_offset", superblock.log_offset},
        {"log_len", superblock.log_length},
        {"alloc_unit", superblock.alloc_unit},
        {"omf_major", superblock.omf_major},
        {"omf_minor", superblock.omf_minor},
        {"uuid", plain_hex(superblock.uuid)},
        {"dev_uuid", plain_hex(superblock.device_uuid)},
        {"system_uuid", plain_hex(superblock.system_uuid)},
        {"crc", superblock.crc},
        {"flags", superblock.flags},
        {"dd_size", superblock.device_size},
        {"dd_uuid", plain_hex(superblock.unused_uuid)},
        {"dd_daxdev", json_name(until_nul(superblock.device_path))},
        {"crc_ok", superblock.crc == crc_of(superblock)},
    };
}

ordered_json raw_json(const LogHeader &header) {
    return {
        {"magic", header.magic},
        {"len", header.length},
        {"last_index", header.last_index},
        {"crc", header.crc},
        {"next_seqnum", header.next_seqnum},
        {"next_index", header.next_index},
        {"crc_ok", header.crc == crc_of(header)},
    };
}

ordered_json raw_json(const LogEntry &entry, std::uint64_t index) {
    ordered_json json = {{"index", index},
                         {"seq", entry.seqnum},
                         {"type", entry.type},
                         {"crc_ok", entry.crc == crc_of(entry)}};
    switch (static_cast<EntryType>(entry.type)) {
    case EntryType::file:
        add_file(json, entry.file);
        break;
    case EntryType::mkdir:
        add_mkdir(json, entry.mkdir);
        break;
    case EntryType::add_device:
        add_device(json, entry.device);
        break;
    default:
        break;
    }
    return json;
}

ordered_json dump(std::span<const std::byte> primary) {
    ordered_json json = {{"superblock", ordered_json::object()}, {"entries", ordered_json::array()}};
    if (!holds(primary, 0, sizeof(Superblock)))
        return json;
    const auto superblock = snapshot<Superblock>(primary, 0);
    json["superblock"] = raw_json(superblock);
    if (superblock.magic != superblock_magic || !holds(primary, log_offset, sizeof(LogHeader)))
        return json;
    const auto header = snapshot<LogHeader>(primary, log_offset);
    json["log"] = raw_json(header);
    const std::uint64_t slots = std::min(header.next_index, log_slots(superblock.log_length));
    for (std::uint64_t i = 0; i < slots && holds(primary, entry_offset(i), sizeof(LogEntry)); i++)
        json["entries"].push_back(raw_json(snapshot<LogEntry>(primary, entry_offset(i)), i));
    return json;
}

} // namespace famfs::media
