// SPDX-License-Identifier: GPL-2.0-only
// The daemon answers from its own mapping of the devices. The records are those that a BPF program would
// read, and so is the arithmetic (bpf/mapping.h).
#pragma once

#include "base/memory.h"
#include "daemon/device/device.h"
#include "daemon/server/data_path.h"
#include "daemon/server/log.h"
#include "loader/record_store.h"

#include <functional>
#include <memory>
#include <vector>

namespace famfs::server {

class DaemonDataPath : public DataPath {
public:
    /// Publishes nothing yet. @devices: primary first. @log_slots: how many entries the log can ever hold.
    static base::Expected<std::unique_ptr<DaemonDataPath>> create(std::vector<device::Device> devices,
                                                                  std::uint64_t log_slots);

    [[nodiscard]] loader::RecordStore &store() { return *store_; }
    [[nodiscard]] const std::vector<device::Device> &devices() const { return devices_; }

    [[nodiscard]] bool mapped() const override { return false; }
    void read(fuse_req_t request, const Content &file, std::size_t size, std::uint64_t offset) override;
    void write(fuse_req_t request, const Content &file, std::span<const std::byte> bytes,
               std::uint64_t offset) override;

private:
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
    base::Memory memory_;
    std::unique_ptr<loader::RecordStore> store_;
    Warnings warnings_;
};

} // namespace famfs::server
