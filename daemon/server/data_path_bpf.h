// SPDX-License-Identifier: GPL-2.0-only
// The kernel answers faults, reads and writes through the connection's BPF program; here is only what it
// reads.
#pragma once

#include "daemon/server/data_path.h"
#include "daemon/server/log.h"
#include "loader/session.h"

namespace famfs::server {

class BpfDataPath : public DataPath {
public:
    explicit BpfDataPath(loader::Session session) : session_(std::move(session)) {}

    [[nodiscard]] loader::Session &session() { return session_; }

    [[nodiscard]] bool mapped() const override { return true; }
    void read(fuse_req_t request, const Content &file, std::size_t size, std::uint64_t offset) override;
    void write(fuse_req_t request, const Content &file, std::span<const std::byte> bytes,
               std::uint64_t offset) override;

private:
    void refuse(fuse_req_t request, const Content &file, const char *operation);

    loader::Session session_;
    Warnings warnings_;
};

} // namespace famfs::server
