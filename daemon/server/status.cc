// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/status.h"

#include "daemon/media/json.h"

#include <unistd.h>

namespace famfs::server {

namespace {

nlohmann::ordered_json optional(const std::optional<std::string> &text) {
    return text ? nlohmann::ordered_json(*text) : nlohmann::ordered_json(nullptr);
}

} // namespace

std::string status_text(const Status &status, const media::FileSystem &file_system) {
    nlohmann::ordered_json json;
    json["version"] = 1;
    json["pid"] = ::getpid();
    json["device"] = status.device;
    json["mountpoint"] = status.mountpoint;
    json["data_path"] = status.data_path;
    json["maps"] = optional(status.maps);
    json["pin"] = optional(status.pin);
    json["files"] = file_system.usage().files;
    json["directories"] = file_system.usage().directories;
    json["problems"] = media::to_json(file_system.problems());
    json["usage"] = media::to_json(file_system.usage());
    return media::to_text(json);
}

} // namespace famfs::server
