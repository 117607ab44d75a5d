// SPDX-License-Identifier: GPL-2.0-only
// Where a name is: above and below what, whoever made it. Names of the log and names made here, as one tree.
#pragma once

#include "daemon/media/tree/file_system.h"
#include "daemon/server/files/made_nodes.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace famfs::server {

/// One thread at a time.
class Names {
public:
    /// @logged outlives it. Nodeids of what is made here begin at @first_made.
    Names(const media::FileSystem &logged, std::uint64_t first_made) : logged_(logged), made_(first_made) {}

    [[nodiscard]] const MadeNodes &made() const { return made_; }
    [[nodiscard]] MadeNodes &made() { return made_; }

    [[nodiscard]] bool taken(std::uint64_t parent, std::string_view name) const;
    [[nodiscard]] bool directory(std::uint64_t nodeid) const;
    /// Something can be made in it: its own name is not removed.
    [[nodiscard]] bool living_directory(std::uint64_t nodeid) const;
    /// The root's is the root.
    [[nodiscard]] std::uint64_t parent_of(std::uint64_t nodeid) const;
    [[nodiscard]] std::string path_of(std::uint64_t nodeid) const;
    [[nodiscard]] std::string path_in(std::uint64_t directory, std::string_view name) const;
    /// Or the directory itself.
    [[nodiscard]] bool inside(std::uint64_t nodeid, std::uint64_t directory) const;
    /// The log can hold @path for @node, and what follows from it for all below. EINVAL, ENAMETOOLONG.
    [[nodiscard]] base::Expected<void> check_paths(const MadeNode &node, const std::string &path) const;
    /// @node can take the place of @target. ENOTDIR, EISDIR, ENOTEMPTY.
    [[nodiscard]] base::Expected<void> check_over(const MadeNode &node, const MadeNode &target) const;

private:
    const media::FileSystem &logged_;
    MadeNodes made_;
};

} // namespace famfs::server
