// SPDX-License-Identifier: GPL-2.0-only
// The names and attributes that the mount shows: those of the file system, and .meta/.status.
#pragma once

#include "daemon/fuse/reply.h"
#include "daemon/media/file_system.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace famfs::server {

/// Virtual; between the fixed nodeids and those of the log (docs/architecture.md, "Nodeids").
inline constexpr std::uint64_t status_nodeid = 5;
/// Whole devices, while the mount is private. None of them is looked up once it is visible.
inline constexpr std::uint64_t first_private_nodeid = 6;
inline constexpr std::uint64_t private_nodeids = media::first_entry_nodeid - first_private_nodeid;

struct Child {
    std::string_view name;
    fuse::Attributes attributes;
};

/// Immutable; any number of threads. Attributes are the same for as long as the mount lives: a changed mtime
/// or size would make the kernel drop page tables.
class Namespace {
public:
    /// @mapped: regular files are marked FUSE_ATTR_IOMAP.
    Namespace(media::FileSystem file_system, bool mapped, timespec mount_time);

    [[nodiscard]] const media::FileSystem &file_system() const { return file_system_; }
    [[nodiscard]] std::optional<fuse::Attributes> find(std::uint64_t nodeid) const;
    [[nodiscard]] std::optional<fuse::Attributes> find(std::uint64_t parent, std::string_view name) const;
    [[nodiscard]] bool is_directory(std::uint64_t nodeid) const;
    /// Of a directory; the root's is the root.
    [[nodiscard]] std::uint64_t parent(std::uint64_t nodeid) const;
    [[nodiscard]] std::size_t children(std::uint64_t directory) const;
    /// @index: below children(). A position stays the same when the log grows: names are only ever added.
    [[nodiscard]] Child child(std::uint64_t directory, std::size_t index) const;

private:
    [[nodiscard]] fuse::Attributes attributes(const media::Node &node) const;
    [[nodiscard]] fuse::Attributes status_attributes() const;

    media::FileSystem file_system_;
    bool mapped_;
    timespec mount_time_;
    std::vector<std::uint32_t> subdirectories_; ///< of each of nodes(), by position there
};

} // namespace famfs::server
