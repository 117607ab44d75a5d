// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/media/write/write_back.h"
#include "daemon/server/storage.h"

#include <algorithm>
#include <array>

namespace famfs::server {

namespace {

class DaemonStorage : public Storage {
public:
    explicit DaemonStorage(const std::vector<device::Device> &devices)
        : devices_(devices), write_back_(std::ranges::any_of(devices, &device::Device::is_dax)
                                             ? media::write_back_to_memory()
                                             : media::write_back_to_page_cache()) {}

    base::Expected<void> write(std::uint32_t device, std::uint64_t offset,
                               std::span<const std::byte> bytes) override;
    base::Expected<void> zero(std::uint32_t device, std::uint64_t offset, std::uint64_t length) override;
    base::Expected<void> persist(std::uint32_t device, std::uint64_t offset, std::uint64_t length) override;

private:
    base::Expected<void> write_lines_back(std::uint32_t device, std::uint64_t offset, std::uint64_t length);

    const std::vector<device::Device> &devices_;
    std::unique_ptr<media::WriteBack> write_back_;
};

base::Expected<void> DaemonStorage::write_lines_back(std::uint32_t device, std::uint64_t offset,
                                                     std::uint64_t length) {
    auto bytes = devices_[device].window(offset, length, "write back");
    if (!bytes)
        return std::unexpected(bytes.error());
    write_back_->persist(*bytes);
    return {};
}

base::Expected<void> DaemonStorage::write(std::uint32_t device, std::uint64_t offset,
                                          std::span<const std::byte> bytes) {
    if (auto written = devices_[device].write(offset, bytes); !written)
        return written;
    return write_lines_back(device, offset, bytes.size());
}

base::Expected<void> DaemonStorage::zero(std::uint32_t device, std::uint64_t offset, std::uint64_t length) {
    static constexpr std::array<std::byte, 65536> zeros{};
    while (length != 0) {
        const std::uint64_t now = std::min<std::uint64_t>(length, zeros.size());
        if (auto written = write(device, offset, std::span(zeros).first(now)); !written)
            return written;
        offset += now;
        length -= now;
    }
    return {};
}

base::Expected<void> DaemonStorage::persist(std::uint32_t device, std::uint64_t offset,
                                            std::uint64_t length) {
    if (auto done = write_lines_back(device, offset, length); !done)
        return done;
    return devices_[device].flush(offset, length);
}

} // namespace

std::unique_ptr<Storage> make_daemon_storage(const std::vector<device::Device> &devices) {
    return std::make_unique<DaemonStorage>(devices);
}

} // namespace famfs::server
