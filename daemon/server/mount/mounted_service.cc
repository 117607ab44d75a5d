// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/mount/mounted_service.h"

#include "base/now.h"
#include "base/try.h"
#include "daemon/device/system_uuid.h"
#include "daemon/log/log.h"
#include "daemon/media/tree/json.h"
#include "daemon/server/mount/report.h"

#include <malloc.h>

namespace famfs::server {

MountedService::MountedService(MountRequest request, std::unique_ptr<Backend> backend)
    : request_(std::move(request)), backend_(std::move(backend)) {}

// Program before connection: to detach it needs no connection, and the kernel keeps the devices until the
// mount is gone.
MountedService::~MountedService() {
    if (mount_)
        mount_->drop();
    if (const auto ended = backend_->end(); !ended)
        log::error(ended.error().message());
}

fuse::MountOptions MountedService::mount_options() const {
    return {.source = request_.device, .allow_other = request_.allow_other, .read_only = request_.read_only};
}

base::Expected<void> MountedService::make_detached_mount(fuse::Handler &first) {
    auto mount = FAMFS_TRY(FuseMount::detached(mount_options(), first));
    mount_ = std::make_unique<FuseMount>(std::move(mount));
    return {};
}

base::Expected<void> MountedService::mount_with_helper() {
    auto mount = FAMFS_TRY(FuseMount::with_helper(request_.mountpoint, mount_options(), *server_));
    mount_ = std::make_unique<FuseMount>(std::move(mount));
    return {};
}

std::string MountedService::start_making() {
    if (request_.read_only)
        return "it is mounted read-only";
    if (const auto master = device::require_master(tree_->logged().superblock()); !master)
        return master.error().message();
    auto made_files = MadeFiles::open(*tree_, *backend_, backend_->records(), request_.publish);
    if (!made_files)
        return made_files.error().message();
    made_files_ = *std::move(made_files);
    return {};
}

void MountedService::make_server(media::FileSystem file_system) {
    tree_ = std::make_unique<Tree>(std::move(file_system), backend_->mapped(), base::now());
    no_new_files_ = start_making();
    server_ = std::make_unique<FileServer>(*tree_, *backend_,
                                           Making{.files = made_files_.get(), .why_not = no_new_files_},
                                           [this](std::uint64_t nodeid) { return text(nodeid); });
    // What reading the log took is free, but lies between what stays.
    ::malloc_trim(0);
}

// Nobody answers requests while the rest is published, so that none comes in between; those of a mount that is
// still in use fail with the connection.
base::Expected<void> MountedService::stop() {
    auto unmounted = mount_->unmount();
    mount_->stop_answering();
    if (made_files_)
        made_files_->finish();
    auto ended = backend_->end();
    mount_.reset();
    return unmounted ? ended : unmounted;
}

std::string MountedService::summary() const {
    const BackendDescription backend = backend_->describe();
    return request_.device + " on " + request_.mountpoint + ": " +
           std::to_string(tree_->logged().usage().files) + " files, data path " + backend.data_path +
           (backend.maps ? " (" + *backend.maps + ")" : "") +
           (made_files_ ? "" : ", no new files: " + no_new_files_);
}

std::string MountedService::text(std::uint64_t nodeid) const {
    if (nodeid == unpublished_nodeid)
        return media::to_text(to_json(report_unpublished(*tree_)));
    return media::to_text(
        to_json(report_status(request_, *backend_, *tree_, made_files_.get(), no_new_files_)));
}

} // namespace famfs::server
