// SPDX-License-Identifier: GPL-2.0-only
// This process answers reads and writes from its own mapping of the devices. The records are those that a BPF
// program would read, and so is the arithmetic (bpf/mapping.h). Works on any Linux, for any user.
#pragma once

#include "base/memory.h"
#include "daemon/server/backend.h"
#include "daemon/server/files/warnings.h"
#include "daemon/server/mapped_storage.h"

#include <functional>
#include <memory>
#include <vector>

namespace famfs::server {

class CopyBackend : public Backend {
public:
    /// Maps them. @devices: primary first.
    static base::Expected<std::unique_ptr<CopyBackend>> create(std::vector<device::Device> devices);
    /// Before anybody asks for records(). @log_slots: how many entries the log can ever hold.
    base::Expected<void> make_records(std::uint64_t log_slots);

    base::Expected<void> write(std::uint32_t device, std::uint64_t offset,
                               std::span<const std::byte> bytes) override;
    base::Expected<void> zero(std::uint32_t device, std::uint64_t offset, std::uint64_t length) override;
    base::Expected<void> persist(std::uint32_t device, std::uint64_t offset, std::uint64_t length) override;

    [[nodiscard]] bool mapped() const override { return false; }
    void read(fuse_req_t request, const Content &file, std::size_t size, std::uint64_t offset) override;
    void write(fuse_req_t request, const Content &file, std::span<const std::byte> bytes,
               std::uint64_t offset) override;
    [[nodiscard]] std::span<const device::Device> devices() const override { return devices_; }
    [[nodiscard]] loader::RecordStore &records() override { return *store_; }
    [[nodiscard]] BackendDescription describe() const override { return {.data_path = "daemon"}; }
    base::Expected<void> end() override { return {}; }

private:
    explicit CopyBackend(std::vector<device::Device> devices);

    struct Piece {
        device::Device *device = nullptr;
        std::uint64_t address = 0;
        std::size_t length = 0;
    };
    /// Calls @use for each contiguous piece of bytes [offset, offset + size), which lie within the file's
    /// size.
    base::Expected<void> for_each_piece(const Content &file, std::uint64_t offset, std::size_t size,
                                        const std::function<base::Expected<void>(const Piece &)> &use);
    base::Expected<Piece> piece_at(const Content &file, std::uint64_t position, std::size_t most);

    std::vector<device::Device> devices_;
    MappedStorage storage_;
    base::Memory memory_; ///< of the store
    std::unique_ptr<loader::RecordStore> store_;
    Warnings warnings_;
};

} // namespace famfs::server
