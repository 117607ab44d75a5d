// SPDX-License-Identifier: GPL-2.0-only
// Why the steps come in this order: docs/architecture.md, "Order of things".
#include "daemon/server/mount/start_mount.h"

#include "base/try.h"
#include "daemon/server/copy_backend.h"
#include "daemon/server/hook_backend.h"
#include "daemon/server/mount/choose_data_path.h"
#include "daemon/server/mount/publish_records.h"
#include "daemon/server/mount/read_media.h"

#include <unistd.h>
#include <vector>

namespace famfs::server {

namespace {

using Started = base::Expected<std::unique_ptr<MountedService>>;

base::Expected<std::vector<device::Device>> hold_devices(const MountRequest &request) {
    const auto access = request.read_only ? device::Access::read : device::Access::write;
    std::vector<device::Device> devices;
    for (const std::string &path : request.device_paths()) {
        auto device = device::Device::hold(path, access);
        if (!device && (device.error().code == EACCES || device.error().code == EROFS) && !request.read_only)
            device.error().hint = "to read without writing: --read-only";
        if (!device)
            return std::unexpected(device.error());
        devices.push_back(*std::move(device));
    }
    return devices;
}

/// The mount is private until devices, program and map are in force, and the log is read through it.
Started mount_with_hook(const MountRequest &request, std::vector<device::Device> devices) {
    auto backend = FAMFS_TRY(HookBackend::create(std::move(devices), request.maps));
    HookBackend &hook = *backend;
    auto service = std::make_unique<MountedService>(request, std::move(backend));
    FAMFS_TRY(service->make_detached_mount(hook.whole_devices()));
    FAMFS_TRY(hook.load(service->mount().fuse_fd()));
    FAMFS_TRY(hook.map_devices(service->mount().mount_fd()));
    auto file_system = FAMFS_TRY(read_file_system(hook.devices(), request.salvage));
    FAMFS_TRY(hook.unmap_devices());
    FAMFS_TRY(publish_records(file_system, hook.records()));
    service->make_server(std::move(file_system));
    service->mount().hand_over(service->server());
    FAMFS_TRY(hook.pin());
    FAMFS_TRY(service->attach());
    return service;
}

Started mount_with_copies(const MountRequest &request, std::vector<device::Device> devices) {
    auto backend = FAMFS_TRY(CopyBackend::create(std::move(devices)));
    CopyBackend &copies = *backend;
    auto service = std::make_unique<MountedService>(request, std::move(backend));
    auto file_system = FAMFS_TRY(read_file_system(copies.devices(), request.salvage));
    FAMFS_TRY(copies.make_records(file_system.usage().log_slots));
    FAMFS_TRY(publish_records(file_system, copies.records()));
    service->make_server(std::move(file_system));
    if (::geteuid() == 0) {
        FAMFS_TRY(service->make_detached_mount(service->server()));
        FAMFS_TRY(service->attach());
    } else {
        FAMFS_TRY(service->mount_with_helper());
    }
    return service;
}

} // namespace

Started start_mount(const MountRequest &request) {
    auto devices = FAMFS_TRY(hold_devices(request));
    const DataPath chosen = FAMFS_TRY(choose_data_path(request, devices));
    return chosen == DataPath::hook ? mount_with_hook(request, std::move(devices))
                                    : mount_with_copies(request, std::move(devices));
}

} // namespace famfs::server
