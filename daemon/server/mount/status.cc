// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/mount/status.h"

#include "daemon/media/tree/json.h"

#include <unistd.h>

namespace famfs::server {

namespace {

nlohmann::ordered_json optional(const std::optional<std::string> &text) {
    return text ? nlohmann::ordered_json(*text) : nlohmann::ordered_json(nullptr);
}

/// Where nothing is made, nothing changes.
MadeFiles::State as_logged(const media::Usage &usage) {
    return {.free_bytes = usage.capacity - usage.used, .free_slots = usage.log_slots - usage.log_used};
}

nlohmann::ordered_json usage_json(const media::Usage &logged, const MadeFiles::State &now) {
    return {{"capacity", logged.capacity},
            {"used", logged.capacity - now.free_bytes},
            {"free", now.free_bytes},
            {"log_slots", logged.log_slots},
            {"log_used", logged.log_slots - now.free_slots}};
}

nlohmann::ordered_json unpublished_json(const MadeFiles::State &now) {
    return {{"files", now.files},
            {"directories", now.directories},
            {"bytes", now.file_bytes},
            {"space", now.space}};
}

/// How full the map is; 0 is what the map does not know.
nlohmann::ordered_json map_json(const loader::RecordStore &records) {
    const loader::Room room = records.room();
    return {{"files", records.published()},
            {"most_files", room.most_files},
            {"bytes", room.bytes},
            {"most_bytes", room.most_bytes}};
}

} // namespace

std::string status_text(const Status &status, const Tree &tree,
                        const std::optional<MadeFiles::State> &making) {
    const media::FileSystem &file_system = tree.logged();
    nlohmann::ordered_json json;
    json["version"] = 1;
    json["pid"] = ::getpid();
    json["device"] = status.device;
    json["mountpoint"] = status.mountpoint;
    json["data_path"] = status.data_path;
    json["maps"] = optional(status.maps);
    json["pin"] = optional(status.pin);
    json["new_files"] = making ? "allowed" : status.no_new_files;
    json["publish"] = status.publish;
    json["unpublished"] = unpublished_json(making.value_or(MadeFiles::State{}));
    json["files"] = tree.files();
    json["directories"] = tree.directories();
    json["problems"] = media::to_json(file_system.problems());
    if (status.records != nullptr)
        json["map"] = map_json(*status.records);
    json["usage"] = usage_json(file_system.usage(), making.value_or(as_logged(file_system.usage())));
    return media::to_text(json);
}

std::string unpublished_text(const Tree &tree) {
    auto list = nlohmann::ordered_json::array();
    for (const UnpublishedNode &node : tree.unpublished()) {
        nlohmann::ordered_json entry = {{"path", node.path},
                                        {"directory", node.directory},
                                        {"mode", node.attributes.mode},
                                        {"uid", node.attributes.uid},
                                        {"gid", node.attributes.gid}};
        if (!node.directory) {
            entry["size"] = node.file.size;
            entry["space"] = node.file.allocated;
            entry["open_for_writing"] = node.file.written_to;
        }
        list.push_back(std::move(entry));
    }
    return media::to_text(list);
}

} // namespace famfs::server
