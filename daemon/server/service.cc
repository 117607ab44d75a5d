// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/service.h"

#include "daemon/device/device.h"
#include "daemon/device/system_uuid.h"
#include "daemon/server/choice.h"

#include <algorithm>
#include <malloc.h>
#include <thread>

namespace famfs::server {

namespace {

base::Expected<std::vector<device::Device>> hold_devices(const Options &options) {
    const auto access = options.read_only ? device::Access::read : device::Access::write;
    std::vector<device::Device> devices;
    for (const std::string &path : options.device_paths()) {
        auto device = device::Device::hold(path, access);
        if (!device && (device.error().code == EACCES || device.error().code == EROFS) && !options.read_only)
            device.error().hint = "to read without writing: --read-only";
        if (!device)
            return std::unexpected(device.error());
        devices.push_back(*std::move(device));
    }
    return devices;
}

timespec now() {
    timespec time{};
    ::clock_gettime(CLOCK_REALTIME, &time);
    return time;
}

} // namespace

unsigned worker_threads() {
    return std::clamp(std::thread::hardware_concurrency(), 2U, 8U);
}

base::Expected<std::unique_ptr<Service>> Service::start(const Options &options) {
    auto devices = hold_devices(options);
    if (!devices)
        return std::unexpected(devices.error());
    const auto bpf = choose_bpf(options, *devices);
    if (!bpf)
        return std::unexpected(bpf.error());
    std::unique_ptr<Service> service = *bpf ? make_bpf_service(options, *std::move(devices))
                                            : make_daemon_service(options, *std::move(devices));
    service->status_.device = options.device;
    service->status_.mountpoint = options.mountpoint;
    service->status_.publish = to_string(options.publish);
    if (auto up = service->bring_up(); !up)
        return std::unexpected(up.error());
    return service;
}

base::Expected<void> Service::stop() {
    base::Expected<void> unmounted;
    if (!connection_->ended())
        unmounted = unmount_mount();
    auto down = take_down();
    return unmounted ? down : unmounted;
}

std::string Service::summary() const {
    const media::Usage &usage = tree_->logged().usage();
    return options_.device + " on " + options_.mountpoint + ": " + std::to_string(usage.files) +
           " files, data path " + status_.data_path + (status_.maps ? " (" + *status_.maps + ")" : "") +
           (made_files_ ? "" : ", no new files: " + status_.no_new_files);
}

fuse::MountOptions Service::mount_options() const {
    return {.source = options_.device, .allow_other = options_.allow_other, .read_only = options_.read_only};
}

std::string Service::start_making(loader::RecordStore &records) {
    if (options_.read_only)
        return "it is mounted read-only";
    if (const auto master = device::require_master(tree_->logged().superblock()); !master)
        return master.error().message();
    auto made_files = MadeFiles::open(*tree_, *storage_, records, options_.publish);
    if (!made_files)
        return made_files.error().message();
    made_files_ = *std::move(made_files);
    return {};
}

void Service::make_server(media::FileSystem file_system, Parts parts) {
    tree_ = std::make_unique<Tree>(std::move(file_system), parts.data_path.mapped(), now());
    storage_ = std::move(parts.storage);
    status_.records = &parts.records;
    status_.no_new_files = start_making(parts.records);
    server_ =
        std::make_unique<FileServer>(*tree_, parts.data_path, *storage_,
                                     Making{.files = made_files_.get(), .why_not = status_.no_new_files},
                                     [this](std::uint64_t nodeid) { return text(nodeid); });
    // What reading the log took is free, but lies between what stays.
    ::malloc_trim(0);
}

void Service::finish_files() {
    if (made_files_)
        made_files_->finish();
}

std::string Service::text(std::uint64_t nodeid) const {
    if (nodeid == unpublished_nodeid)
        return unpublished_text(*tree_);
    return status_text(status_, *tree_, made_files_ ? std::optional(made_files_->state()) : std::nullopt);
}

} // namespace famfs::server
