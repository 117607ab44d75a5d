// SPDX-License-Identifier: GPL-2.0-only
// Storing through this process's own mappings of the devices.
#pragma once

#include "daemon/device/device.h"
#include "daemon/media/write/write_back.h"
#include "daemon/server/files/storage.h"

#include <memory>
#include <span>

namespace famfs::server {

class MappedStorage : public Storage {
public:
    /// Mapped for writing; they outlive it.
    explicit MappedStorage(std::span<const device::Device> devices);

    base::Expected<void> write(std::uint32_t device, std::uint64_t offset,
                               std::span<const std::byte> bytes) override;
    base::Expected<void> zero(std::uint32_t device, std::uint64_t offset, std::uint64_t length) override;
    base::Expected<void> persist(std::uint32_t device, std::uint64_t offset, std::uint64_t length) override;

private:
    base::Expected<void> write_lines_back(std::uint32_t device, std::uint64_t offset, std::uint64_t length);

    const std::span<const device::Device> devices_;
    const std::unique_ptr<media::WriteBack> write_back_;
};

} // namespace famfs::server
