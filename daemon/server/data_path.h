// SPDX-License-Identifier: GPL-2.0-only
// Who moves the bytes of files.
#pragma once

#include "base/text.h"
#include "daemon/server/files/tree.h"

#include <cstddef>
#include <cstdint>
#include <fuse3/fuse_lowlevel.h>
#include <span>
#include <string>

namespace famfs::server {

/// What moving the bytes of a file takes.
struct Content {
    std::uint64_t nodeid = 0;
    std::uint64_t size = 0;
    const Tree *tree = nullptr;

    /// For messages.
    [[nodiscard]] std::string name() const {
        return "file " + base::quote(tree->path(nodeid)) + " (nodeid " + std::to_string(nodeid) + ")";
    }
};

/// Any thread. Each of read() and write() answers its request once.
class DataPath {
public:
    virtual ~DataPath() = default;
    /// The kernel maps regular files itself, through the connection's program.
    [[nodiscard]] virtual bool mapped() const = 0;
    virtual void read(fuse_req_t request, const Content &file, std::size_t size, std::uint64_t offset) = 0;
    /// All of it lies within the file's size.
    virtual void write(fuse_req_t request, const Content &file, std::span<const std::byte> bytes,
                       std::uint64_t offset) = 0;
};

} // namespace famfs::server
