// SPDX-License-Identifier: GPL-2.0-only
// A checked famfs, in memory: what the daemon serves and what famfsctl shows. It grows by entries (LogReader) and
// holds no reference to the bytes that they were read from.
#pragma once

#include "base/error.h"
#include "daemon/media/check/device_entry.h"
#include "daemon/media/check/problem.h"
#include "daemon/media/format/layout.h"
#include "daemon/media/tree/name_table.h"
#include "daemon/media/tree/node.h"
#include "daemon/media/tree/pool.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace famfs::media {

/// docs/architecture.md, "Nodeids".
inline constexpr std::uint64_t root_nodeid = 1;
inline constexpr std::uint64_t meta_nodeid = 2;
inline constexpr std::uint64_t superblock_nodeid = 3;
inline constexpr std::uint64_t log_nodeid = 4;
inline constexpr std::uint64_t first_entry_nodeid = 16;

/// Space on all devices, from the log, in bytes.
struct Usage {
    std::uint64_t capacity = 0; ///< data area of the devices
    std::uint64_t used = 0;     ///< allocated to files
    std::uint64_t largest_free_run = 0;
    std::uint64_t file_bytes = 0; ///< sum of file sizes
    std::uint64_t log_slots = 0;
    std::uint64_t log_used = 0;
    std::uint64_t files = 0;
    std::uint64_t directories = 0;

    bool operator==(const Usage &) const = default;
};

struct Inspection;

/// Any number of threads may read it while no LogReader feeds it. It can be moved, and its nodes keep their place.
class FileSystem {
public:
    /// Parses and checks superblock and log from the start of the primary device (at least 2 MiB + log_len
    /// bytes of it).
    /// @device_sizes: sizes in bytes of the devices at hand, primary first, 0 for one that is not at hand; a
    /// file on a device that is not at hand is a problem and is not served. Fails (EMEDIUMTYPE, EUCLEAN,
    /// ENOTSUP) when there is no famfs here or it cannot be served at all; everything else is a problem in
    /// problems(), and what is in nodes() is safe to serve.
    static base::Expected<FileSystem> parse(std::span<const std::byte> primary,
                                            std::span<const std::uint64_t> device_sizes);
    /// The same for a checker, which wants every problem also where there is nothing to serve.
    static Inspection inspect(std::span<const std::byte> primary,
                              std::span<const std::uint64_t> device_sizes);

    [[nodiscard]] const Superblock &superblock() const { return superblock_; }
    [[nodiscard]] const LogHeader &log_header() const { return log_header_; }
    [[nodiscard]] const std::vector<DeviceEntry> &devices() const { return devices_; }
    [[nodiscard]] const std::vector<Node> &nodes() const {
        return nodes_;
    } ///< by nodeid, ascending; root first
    [[nodiscard]] const Problems &problems() const { return problems_; }
    [[nodiscard]] const Usage &usage() const { return usage_; }

    [[nodiscard]] const Node *find(std::uint64_t nodeid) const;
    [[nodiscard]] const Node *find(std::uint64_t parent, std::string_view name) const;
    [[nodiscard]] const Node *
    find_path(std::string_view path) const; ///< relative to the root; "" is the root
    [[nodiscard]] std::span<const std::uint64_t>
    children(std::uint64_t directory) const; ///< nodeids in log order

private:
    friend class LogReader;
    void add(Node node);
    void remove(const std::function<bool(std::uint64_t)> &gone);
    void index(std::uint32_t position);

    Superblock superblock_{};
    LogHeader log_header_{};
    std::vector<DeviceEntry> devices_;
    Pool<char> characters_;      ///< of the nodes' names
    Pool<base::Extent> extents_; ///< of the nodes' maps
    std::vector<Node> nodes_;
    NameTable names_;
    std::vector<std::uint32_t> positions_; ///< in nodes_, by nodeid
    std::vector<std::uint32_t> lists_;     ///< in children_, by position in nodes_; directories only
    std::vector<std::vector<std::uint64_t>> children_; ///< nodeids
    Problems problems_;
    Usage usage_{};
};

struct Inspection {
    Problems problems;
    std::optional<FileSystem> file_system; ///< absent if nothing can be served
    base::Error error;                     ///< then why: what parse() fails with
};

/// Sizes of all devices as superblock and log record them, unchecked: for a reader that sees a mounted file
/// system and has no devices at hand. Empty if there is no famfs.
std::vector<std::uint64_t> recorded_device_sizes(std::span<const std::byte> primary);

} // namespace famfs::media
