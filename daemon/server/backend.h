// SPDX-License-Identifier: GPL-2.0-only
// What a data path is for a mount: who moves the bytes of files, who stores to the devices, where the records
// are. There are two: the kernel maps files itself (hook_backend.h), or this process copies (copy_backend.h).
// How each is brought up: mount/start_mount.cc.
#pragma once

#include "base/text.h"
#include "daemon/device/device.h"
#include "daemon/server/files/storage.h"
#include "daemon/server/files/tree.h"
#include "loader/record_store.h"

#include <cstddef>
#include <cstdint>
#include <fuse3/fuse_lowlevel.h>
#include <optional>
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

/// For .meta/.status and the log.
struct BackendDescription {
    std::string data_path;                          ///< as on the command line: "bpf" or "daemon"
    std::optional<std::string> maps = std::nullopt; ///< of the hook: "arena" or "rhash"
    std::optional<std::string> pin = std::nullopt;  ///< of the hook: name of the pins
};

/// Requests and what Storage has: any thread. Each of read() and write() answers its request once.
class Backend : public Storage {
public:
    /// The kernel maps regular files itself, through the connection's program.
    [[nodiscard]] virtual bool mapped() const = 0;
    virtual void read(fuse_req_t request, const Content &file, std::size_t size, std::uint64_t offset) = 0;
    /// All of it lies within the file's size.
    virtual void write(fuse_req_t request, const Content &file, std::span<const std::byte> bytes,
                       std::uint64_t offset) = 0;

    /// Primary first; mapped as long as superblock and log are read.
    [[nodiscard]] virtual std::span<const device::Device> devices() const = 0;
    /// Where reads, writes and faults look files up. Lives as long as the backend.
    [[nodiscard]] virtual loader::RecordStore &records() = 0;
    [[nodiscard]] virtual BackendDescription describe() const = 0;
    /// After the mount is gone, and before its connection is: nothing answers faults any more, and nothing of
    /// it outlives this process. Once more does nothing.
    virtual base::Expected<void> end() = 0;
};

} // namespace famfs::server
