// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/status/mount_status.h"

#include "base/try.h"
#include "daemon/media/tree/json.h"
#include "daemon/status/fields.h"

namespace famfs::status {

namespace {

using nlohmann::ordered_json;

ordered_json optional(const std::optional<std::string> &text) {
    return text ? ordered_json(*text) : ordered_json(nullptr);
}

ordered_json to_json(const MountStatus::Unpublished &unpublished) {
    return {{"files", unpublished.files},
            {"directories", unpublished.directories},
            {"bytes", unpublished.bytes},
            {"space", unpublished.space}};
}

ordered_json to_json(const MountStatus::Map &map) {
    return {{"files", map.files},
            {"most_files", map.most_files},
            {"bytes", map.bytes},
            {"most_bytes", map.most_bytes}};
}

ordered_json to_json(const MountStatus::Usage &usage) {
    return {{"capacity", usage.capacity},
            {"used", usage.used},
            {"free", usage.free},
            {"log_slots", usage.log_slots},
            {"log_used", usage.log_used}};
}

void read(const Fields &fields, MountStatus::Unpublished &unpublished) {
    fields.read("files", unpublished.files);
    fields.read("directories", unpublished.directories);
    fields.read("bytes", unpublished.bytes);
    fields.read("space", unpublished.space);
}

void read(const Fields &fields, MountStatus::Map &map) {
    fields.read("files", map.files);
    fields.read("most_files", map.most_files);
    fields.read("bytes", map.bytes);
    fields.read("most_bytes", map.most_bytes);
}

void read(const Fields &fields, MountStatus::Usage &usage) {
    fields.read("capacity", usage.capacity);
    fields.read("used", usage.used);
    fields.read("free", usage.free);
    fields.read("log_slots", usage.log_slots);
    fields.read("log_used", usage.log_used);
}

/// As media::to_json() writes it.
media::Problem read_problem(const Fields &fields) {
    media::Problem problem;
    std::string severity;
    std::optional<std::int64_t> entry;
    fields.read("code", problem.code);
    fields.read("severity", severity);
    if (severity != "error" && severity != "warning")
        fields.odd("severity", "\"error\" or \"warning\"");
    fields.read("entry", entry);
    fields.read("offset", problem.offset);
    fields.read("field", problem.field);
    fields.read("found", problem.found);
    fields.read("expected", problem.expected);
    fields.read("message", problem.message);
    problem.severity = severity == "warning" ? media::Severity::warning : media::Severity::error;
    problem.entry = entry.value_or(media::Problem::no_entry);
    return problem;
}

void read(const Fields &fields, MountStatus &status) {
    fields.read("version", status.version);
    fields.read("pid", status.pid);
    fields.read("device", status.device);
    fields.read("mountpoint", status.mountpoint);
    fields.read("data_path", status.data_path);
    fields.read("maps", status.maps);
    fields.read("pin", status.pin);
    fields.read("new_files", status.new_files);
    fields.read("publish", status.publish);
    read(fields.object("unpublished"), status.unpublished);
    fields.read("files", status.files);
    fields.read("directories", status.directories);
    fields.each("problems", [&](const Fields &problem) { status.problems.push_back(read_problem(problem)); });
    read(fields.object("map"), status.map);
    read(fields.object("usage"), status.usage);
}

} // namespace

ordered_json to_json(const MountStatus &status) {
    return {{"version", status.version},
            {"pid", status.pid},
            {"device", status.device},
            {"mountpoint", status.mountpoint},
            {"data_path", status.data_path},
            {"maps", optional(status.maps)},
            {"pin", optional(status.pin)},
            {"new_files", status.new_files},
            {"publish", status.publish},
            {"unpublished", to_json(status.unpublished)},
            {"files", status.files},
            {"directories", status.directories},
            {"problems", media::to_json(status.problems)},
            {"map", to_json(status.map)},
            {"usage", to_json(status.usage)}};
}

base::Expected<MountStatus> parse_status(std::string_view text) {
    const ordered_json json = FAMFS_TRY(parse_json(text));
    std::optional<base::Error> error;
    MountStatus status;
    read(Fields(json, "", error), status);
    if (error)
        return std::unexpected(*error);
    return status;
}

} // namespace famfs::status
