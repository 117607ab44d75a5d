// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/status.h"

#include "daemon/media/tree/json.h"

#include <unistd.h>

namespace famfs::server {

namespace {

nlohmann::ordered_json optional(const std::optional<std::string> &text) {
    return text ? nlohmann::ordered_json(*text) : nlohmann::ordered_json(nullptr);
}

/// Where nothing is made, nothing changes.
Creator::State as_logged(const media::Usage &usage) {
    return {.free_bytes = usage.capacity - usage.used, .free_slots = usage.log_slots - usage.log_used};
}

nlohmann::ordered_json usage_json(const media::Usage &logged, const Creator::State &now) {
    return {{"capacity", logged.capacity},
            {"used", logged.capacity - now.free_bytes},
            {"free", now.free_bytes},
            {"log_slots", logged.log_slots},
            {"log_used", logged.log_slots - now.free_slots}};
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

std::string status_text(const Status &status, const Namespace &names,
                        const std::optional<Creator::State> &making) {
    const media::FileSystem &file_system = names.file_system();
    nlohmann::ordered_json json;
    json["version"] = 1;
    json["pid"] = ::getpid();
    json["device"] = status.device;
    json["mountpoint"] = status.mountpoint;
    json["data_path"] = status.data_path;
    json["maps"] = optional(status.maps);
    json["pin"] = optional(status.pin);
    json["new_files"] = making ? "allowed" : status.no_new_files;
    json["pending_files"] = making ? making->pending : 0;
    json["files"] = names.files();
    json["directories"] = names.directories();
    json["problems"] = media::to_json(file_system.problems());
    if (status.records != nullptr)
        json["map"] = map_json(*status.records);
    json["usage"] = usage_json(file_system.usage(), making.value_or(as_logged(file_system.usage())));
    return media::to_text(json);
}

} // namespace famfs::server
