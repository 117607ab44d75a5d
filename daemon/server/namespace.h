// SPDX-License-Identifier: GPL-2.0-only
// The names and attributes that the mount shows: those of the log when it was read, what was made through the
// mount since, and .meta/.status.
#pragma once

#include "daemon/fuse/reply.h"
#include "daemon/media/tree/file_system.h"
#include "daemon/server/made_nodes.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

namespace famfs::server {

/// Virtual; between the fixed nodeids and those of the log (docs/architecture.md, "Nodeids").
inline constexpr std::uint64_t status_nodeid = 5;
/// Whole devices, while the mount is private. None of them is looked up once it is visible.
inline constexpr std::uint64_t first_private_nodeid = 6;
inline constexpr std::uint64_t private_nodeids = media::first_entry_nodeid - first_private_nodeid;

/// What moving the bytes of a file takes.
struct File {
    std::uint64_t nodeid = 0;
    std::uint64_t size = 0;
    std::string name; ///< for messages
};

struct Child {
    std::string_view name;
    fuse::Attributes attributes;
};

/// Any thread. Times never change: a changed mtime would make the kernel drop page tables. Sizes and modes
/// change only of what is being made.
class Namespace {
public:
    /// @mapped: regular files are marked FUSE_ATTR_IOMAP.
    Namespace(media::FileSystem file_system, bool mapped, timespec mount_time);

    /// As the log had it when it was read.
    [[nodiscard]] const media::FileSystem &file_system() const { return file_system_; }
    [[nodiscard]] std::uint64_t files() const;
    [[nodiscard]] std::uint64_t directories() const;
    [[nodiscard]] bool was_made_here(std::uint64_t nodeid) const { return made_.owns(nodeid); }

    [[nodiscard]] std::optional<fuse::Attributes> find(std::uint64_t nodeid) const;
    [[nodiscard]] std::optional<fuse::Attributes> find(std::uint64_t parent, std::string_view name) const;
    /// Absent: no such node, or a directory.
    [[nodiscard]] std::optional<File> file(std::uint64_t nodeid) const;
    [[nodiscard]] std::vector<base::Extent> extents(std::uint64_t nodeid) const;
    [[nodiscard]] bool is_directory(std::uint64_t nodeid) const;
    /// Of a directory; the root's is the root.
    [[nodiscard]] std::uint64_t parent(std::uint64_t nodeid) const;
    /// From the root, without a slash at either end. Absent: @directory is not known.
    [[nodiscard]] std::optional<std::string> path(std::uint64_t directory, std::string_view name) const;
    /// Calls @take for each child from position @first on, with its position, until it answers false. A
    /// position stays the same for the life of the mount: names are only added, or leave a gap.
    void children(std::uint64_t directory, std::uint64_t first,
                  const std::function<bool(std::uint64_t position, const Child &)> &take) const;

    /// @node has no nodeid yet. Returns what the kernel is told.
    fuse::Attributes add(const media::Node &node, timespec time);
    /// MadeNodes.
    void unlink(std::uint64_t nodeid);
    void remove(std::uint64_t nodeid);
    /// Of a file made here: what the log will say about it.
    void change(std::uint64_t nodeid, const base::FileMap &map, const media::Attributes &attributes);

private:
    [[nodiscard]] const media::Node *node(std::uint64_t nodeid) const;
    [[nodiscard]] std::optional<fuse::Attributes> attributes(std::uint64_t nodeid) const;
    [[nodiscard]] fuse::Attributes attributes(const media::Node &node, timespec time) const;
    [[nodiscard]] fuse::Attributes status_attributes() const;
    [[nodiscard]] std::uint32_t subdirectories(std::uint64_t directory) const;
    [[nodiscard]] std::optional<Child> child(std::uint64_t directory, std::uint64_t position) const;

    media::FileSystem file_system_;
    bool mapped_;
    timespec mount_time_;
    std::vector<std::uint32_t> subdirectories_; ///< of each of nodes(), by position there
    mutable std::shared_mutex mutex_;           ///< of made_
    MadeNodes made_;
};

} // namespace famfs::server
