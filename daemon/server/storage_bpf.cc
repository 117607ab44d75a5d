// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/storage.h"

namespace famfs::server {

namespace {

class BpfStorage : public Storage {
public:
    explicit BpfStorage(const loader::Session &session) : session_(session) {}

    base::Expected<void> write(std::uint32_t device, std::uint64_t offset,
                               std::span<const std::byte> bytes) override {
        return session_.write(device, offset, bytes);
    }
    base::Expected<void> zero(std::uint32_t device, std::uint64_t offset, std::uint64_t length) override {
        return session_.zero(device, offset, length);
    }
    base::Expected<void> persist(std::uint32_t device, std::uint64_t offset, std::uint64_t length) override {
        return session_.write_back(device, offset, length);
    }

private:
    const loader::Session &session_;
};

} // namespace

std::unique_ptr<Storage> make_bpf_storage(const loader::Session &session) {
    return std::make_unique<BpfStorage>(session);
}

} // namespace famfs::server
