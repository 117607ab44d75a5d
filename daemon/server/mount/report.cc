// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/mount/report.h"

#include <unistd.h>

namespace famfs::server {

namespace {

using status::MountStatus;

/// Where nothing is made, nothing changes.
MadeFiles::State as_logged(const media::Usage &usage) {
    return {.free_bytes = usage.capacity - usage.used, .free_slots = usage.log_slots - usage.log_used};
}

MountStatus::Usage usage_of(const media::Usage &logged, const MadeFiles::State &now) {
    return {.capacity = logged.capacity,
            .used = logged.capacity - now.free_bytes,
            .free = now.free_bytes,
            .log_slots = logged.log_slots,
            .log_used = logged.log_slots - now.free_slots};
}

MountStatus::Map map_of(const loader::RecordStore &records) {
    const loader::Room room = records.room();
    return {.files = records.published(),
            .most_files = room.most_files,
            .bytes = room.bytes,
            .most_bytes = room.most_bytes};
}

} // namespace

MountStatus report_status(const MountRequest &request, Backend &backend, const Tree &tree,
                          const MadeFiles *made_files, const std::string &no_new_files) {
    const media::FileSystem &logged = tree.logged();
    const BackendDescription path = backend.describe();
    const MadeFiles::State now = made_files != nullptr ? made_files->state() : as_logged(logged.usage());
    return {.pid = static_cast<std::uint64_t>(::getpid()),
            .device = request.device,
            .mountpoint = request.mountpoint,
            .data_path = path.data_path,
            .maps = path.maps,
            .pin = path.pin,
            .new_files = made_files != nullptr ? MountStatus::allowed : no_new_files,
            .publish = to_string(request.publish),
            .unpublished = {.files = now.files,
                            .directories = now.directories,
                            .bytes = now.file_bytes,
                            .space = now.space},
            .files = tree.files(),
            .directories = tree.directories(),
            .problems = logged.problems(),
            .map = map_of(backend.records()),
            .usage = usage_of(logged.usage(), now)};
}

std::vector<status::UnpublishedFile> report_unpublished(const Tree &tree) {
    std::vector<status::UnpublishedFile> files;
    for (const UnpublishedNode &node : tree.unpublished())
        files.push_back({.path = node.path,
                         .directory = node.directory,
                         .mode = node.attributes.mode,
                         .uid = node.attributes.uid,
                         .gid = node.attributes.gid,
                         .size = node.file.size,
                         .space = node.file.allocated,
                         .open_for_writing = node.file.written_to});
    return files;
}

} // namespace famfs::server
