// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/mapped_storage.h"

#include "base/try.h"

#include <algorithm>
#include <array>

namespace famfs::server {

MappedStorage::MappedStorage(std::span<const device::Device> devices)
    : devices_(devices),
      write_back_(std::ranges::any_of(devices, &device::Device::is_dax) ? media::write_back_to_memory()
                                                                        : media::write_back_to_page_cache()) {
}

base::Expected<void> MappedStorage::write_lines_back(std::uint32_t device, std::uint64_t offset,
                                                     std::uint64_t length) {
    const auto bytes = FAMFS_TRY(devices_[device].window(offset, length, "write back"));
    write_back_->persist(bytes);
    return {};
}

base::Expected<void> MappedStorage::write(std::uint32_t device, std::uint64_t offset,
                                          std::span<const std::byte> bytes) {
    FAMFS_TRY(devices_[device].write(offset, bytes));
    return write_lines_back(device, offset, bytes.size());
}

base::Expected<void> MappedStorage::zero(std::uint32_t device, std::uint64_t offset, std::uint64_t length) {
    static constexpr std::array<std::byte, 65536> zeros{};
    while (length != 0) {
        const std::uint64_t now = std::min<std::uint64_t>(length, zeros.size());
        FAMFS_TRY(write(device, offset, std::span(zeros).first(now)));
        offset += now;
        length -= now;
    }
    return {};
}

base::Expected<void> MappedStorage::persist(std::uint32_t device, std::uint64_t offset,
                                            std::uint64_t length) {
    FAMFS_TRY(write_lines_back(device, offset, length));
    return devices_[device].flush(offset, length);
}

} // namespace famfs::server
