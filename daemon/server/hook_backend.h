// SPDX-License-Identifier: GPL-2.0-only
// The kernel answers faults, reads and writes through the connection's BPF program; here is what that program
// reads. Stores to the devices go through the connection, and once the mount is gone, so that the kernel has
// taken the devices back, through private mounts of them.
#pragma once

#include "base/mutex.h"
#include "daemon/device/whole_devices.h"
#include "daemon/server/backend.h"
#include "daemon/server/files/warnings.h"
#include "daemon/server/mapped_storage.h"
#include "loader/session.h"

#include <memory>
#include <vector>

namespace famfs::server {

class HookBackend : public Backend {
public:
    /// @devices: of kind fsdev, primary first. E2BIG: more than can be read while the mount is private.
    static base::Expected<std::unique_ptr<HookBackend>> create(std::vector<device::Device> devices,
                                                               loader::Backend maps);

    // How it is brought up, in this order. While the mount is in nobody's tree, its files are the devices.

    /// Answers for the private mount.
    [[nodiscard]] fuse::Handler &whole_devices() { return whole_devices_; }
    /// Hands the devices over to the connection and puts the program in force. Removes the pins of a former
    /// daemon. EBUSY: another mount has a device.
    base::Expected<void> load(int fuse_fd);
    base::Expected<void> map_devices(int mount_fd);
    /// And withdraws their records: from then on there are only files.
    base::Expected<void> unmap_devices();
    /// Program and map outlive this process from here on.
    base::Expected<void> pin() { return session_->pin(); }

    base::Expected<void> write(std::uint32_t device, std::uint64_t offset,
                               std::span<const std::byte> bytes) override;
    base::Expected<void> zero(std::uint32_t device, std::uint64_t offset, std::uint64_t length) override;
    base::Expected<void> persist(std::uint32_t device, std::uint64_t offset, std::uint64_t length) override;

    [[nodiscard]] bool mapped() const override { return true; }
    void read(fuse_req_t request, const Content &file, std::size_t size, std::uint64_t offset) override;
    void write(fuse_req_t request, const Content &file, std::span<const std::byte> bytes,
               std::uint64_t offset) override;
    [[nodiscard]] std::span<const device::Device> devices() const override { return devices_; }
    [[nodiscard]] loader::RecordStore &records() override { return session_->store(); }
    [[nodiscard]] BackendDescription describe() const override;
    base::Expected<void> end() override;

private:
    HookBackend(std::vector<device::Device> devices, loader::Backend maps);
    base::Expected<void> hand_over_devices();
    /// What stores after the mount is gone.
    base::Expected<Storage *> last_storage();
    base::Expected<void> map_privately();
    /// @done, unless the mount is gone: then what @again(Storage) does.
    template <class Again>
    base::Expected<void> or_after_the_mount(base::Expected<void> done, Again again);
    void refuse(fuse_req_t request, const Content &file, const char *operation);

    std::vector<device::Device> devices_;
    const loader::Backend maps_;
    const std::string pin_;
    device::WholeDevices whole_devices_;
    std::unique_ptr<loader::Session> session_; ///< after load()
    Warnings warnings_;
    base::Mutex mutex_; ///< of what is made by the first store after the mount is gone
    std::unique_ptr<MappedStorage> last_storage_ FAMFS_GUARDED_BY(mutex_);
};

} // namespace famfs::server
