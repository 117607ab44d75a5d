// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/hook_backend.h"

#include "base/try.h"
#include "daemon/device/dax.h"

#include <chrono>
#include <thread>

namespace famfs::server {

namespace {

std::vector<std::uint64_t> sizes_of(std::span<const device::Device> devices) {
    std::vector<std::uint64_t> sizes;
    sizes.reserve(devices.size());
    for (const device::Device &device : devices)
        sizes.push_back(device.size());
    return sizes;
}

} // namespace

HookBackend::HookBackend(std::vector<device::Device> devices, loader::Backend maps)
    : devices_(std::move(devices)), maps_(maps), pin_(loader::pin_name(devices_.front().path())),
      whole_devices_(first_private_nodeid, sizes_of(devices_)) {}

base::Expected<std::unique_ptr<HookBackend>> HookBackend::create(std::vector<device::Device> devices,
                                                                 loader::Backend maps) {
    if (devices.size() > private_nodeids)
        return base::fail(E2BIG, "mount a file system on " + std::to_string(devices.size()) + " devices:",
                          devices.front().path(),
                          "at most " + std::to_string(private_nodeids) + " can be used");
    return std::unique_ptr<HookBackend>(new HookBackend(std::move(devices), maps));
}

// -- bringing it up --

// The kernel gives a device to one mount only, so once we have it, no mount of a former daemon is left, and
// neither are its pins of any use.
base::Expected<void> HookBackend::hand_over_devices() {
    for (const device::Device &device : devices_) {
        auto index = session_->add_device(device.fd(), device.size(), device.path());
        if (!index)
            return std::unexpected(device::with_holder(index.error(), device.path()));
    }
    return loader::remove_pins(pin_);
}

base::Expected<void> HookBackend::load(int fuse_fd) {
    auto session = FAMFS_TRY(loader::Session::load({.backend = maps_, .fuse_fd = fuse_fd, .name = pin_}));
    session_ = std::make_unique<loader::Session>(std::move(session));
    FAMFS_TRY(hand_over_devices());
    FAMFS_TRY(session_->open_store());
    for (std::uint32_t i = 0; i < devices_.size(); i++)
        FAMFS_TRY(records().publish(whole_devices_.record(i)));
    return session_->attach();
}

base::Expected<void> HookBackend::map_devices(int mount_fd) {
    for (std::size_t i = 0; i < devices_.size(); i++)
        FAMFS_TRY(
            devices_[i].map_through(mount_fd, device::WholeDevices::file_name(i), device::Access::read));
    return {};
}

base::Expected<void> HookBackend::unmap_devices() {
    for (std::uint32_t i = 0; i < devices_.size(); i++) {
        devices_[i].unmap();
        FAMFS_TRY(records().withdraw(first_private_nodeid + i));
    }
    return {};
}

BackendDescription HookBackend::describe() const {
    return {.data_path = "bpf", .maps = std::string(loader::to_string(maps_)), .pin = pin_};
}

base::Expected<void> HookBackend::end() {
    return session_ ? session_->detach() : base::Expected<void>{};
}

// -- stores --

// The kernel lets go of the devices a moment after the connection has ended.
base::Expected<void> HookBackend::map_privately() {
    constexpr std::chrono::milliseconds interval{20};
    constexpr int tries = 250;
    for (device::Device &device : devices_) {
        auto mapped = device.map();
        for (int i = 1; i < tries && !mapped && mapped.error().code == EBUSY; i++) {
            std::this_thread::sleep_for(interval);
            mapped = device.map();
        }
        FAMFS_TRY(mapped);
    }
    return {};
}

base::Expected<Storage *> HookBackend::last_storage() {
    const base::Lock lock(mutex_);
    if (!last_storage_) {
        FAMFS_TRY(map_privately());
        last_storage_ = std::make_unique<MappedStorage>(devices_);
    }
    return last_storage_.get();
}

template <class Again>
base::Expected<void> HookBackend::or_after_the_mount(base::Expected<void> done, Again again) {
    if (done || done.error().code != ENODEV)
        return done;
    Storage *last = FAMFS_TRY(last_storage());
    return again(*last);
}

base::Expected<void> HookBackend::write(std::uint32_t device, std::uint64_t offset,
                                        std::span<const std::byte> bytes) {
    return or_after_the_mount(session_->write(device, offset, bytes),
                              [=](Storage &last) { return last.write(device, offset, bytes); });
}

base::Expected<void> HookBackend::zero(std::uint32_t device, std::uint64_t offset, std::uint64_t length) {
    return or_after_the_mount(session_->zero(device, offset, length),
                              [=](Storage &last) { return last.zero(device, offset, length); });
}

base::Expected<void> HookBackend::persist(std::uint32_t device, std::uint64_t offset, std::uint64_t length) {
    return or_after_the_mount(session_->write_back(device, offset, length),
                              [=](Storage &last) { return last.persist(device, offset, length); });
}

// -- requests --

void HookBackend::refuse(fuse_req_t request, const Content &file, const char *operation) {
    warnings_.say(operation, std::string("the kernel sent a ") + operation + " of " + file.name() +
                                 " that it is to answer itself: refused with EIO");
    fuse_reply_err(request, EIO);
}

void HookBackend::read(fuse_req_t request, const Content &file, std::size_t, std::uint64_t) {
    refuse(request, file, "read");
}

void HookBackend::write(fuse_req_t request, const Content &file, std::span<const std::byte>, std::uint64_t) {
    refuse(request, file, "write");
}

} // namespace famfs::server
