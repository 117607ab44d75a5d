// SPDX-License-Identifier: GPL-2.0-only
// Files and directories that were made through this mount, beside those that the log had when it was read.
#pragma once

#include "daemon/media/format/entry.h"
#include "daemon/media/tree/file_system.h"

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace famfs::server {

/// A node that holds its own name and extents.
class MadeNode {
public:
    MadeNode(const media::Node &node, std::uint64_t nodeid, timespec time);
    // The node refers to what is beside it.
    MadeNode(const MadeNode &) = delete;
    MadeNode &operator=(const MadeNode &) = delete;

    [[nodiscard]] const media::Node &node() const { return node_; }
    [[nodiscard]] timespec time() const { return time_; }
    /// What the log will say about the file.
    void change(const base::FileMap &map, const media::Attributes &attributes);

    bool linked = true;

private:
    std::string name_;
    std::vector<base::Extent> extents_;
    media::Node node_;
    timespec time_; ///< when it was made
};

/// One thread at a time.
class MadeNodes {
public:
    explicit MadeNodes(std::uint64_t first_nodeid) : first_(first_nodeid), next_(first_nodeid) {}

    [[nodiscard]] bool owns(std::uint64_t nodeid) const { return nodeid >= first_; }
    /// Gives it the next nodeid. The caller has made sure that the name is new. References stay valid until
    /// the node is removed.
    MadeNode &add(const media::Node &node, timespec time);
    /// Of a file: takes its name. Its position in the directory stays, empty, so that those behind it keep
    /// theirs.
    void unlink(std::uint64_t nodeid);
    /// Once the kernel has forgotten the unlinked file.
    void remove(std::uint64_t nodeid);

    [[nodiscard]] MadeNode *find(std::uint64_t nodeid);
    [[nodiscard]] const MadeNode *find(std::uint64_t nodeid) const;
    [[nodiscard]] const MadeNode *find(std::uint64_t parent, std::string_view name) const;
    /// In the order in which they were made; 0 where one was removed.
    [[nodiscard]] const std::vector<std::uint64_t> &children(std::uint64_t directory) const;
    /// How many directories were made in a directory.
    [[nodiscard]] std::uint32_t subdirectories(std::uint64_t directory) const;
    [[nodiscard]] std::uint64_t files() const { return files_; }
    [[nodiscard]] std::uint64_t directories() const { return directories_; }

private:
    std::uint64_t first_;
    std::uint64_t next_;
    std::uint64_t files_ = 0;
    std::uint64_t directories_ = 0;
    std::unordered_map<std::uint64_t, MadeNode> nodes_;
    std::unordered_map<std::uint64_t, std::vector<std::uint64_t>> children_;
    std::unordered_map<std::uint64_t, std::uint32_t> subdirectories_;
    std::unordered_map<std::string, std::uint64_t> names_; ///< by parent and name
};

} // namespace famfs::server
