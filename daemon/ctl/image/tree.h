// SPDX-License-Identifier: GPL-2.0-only
// Walks through the namespace of a file system.
#pragma once

#include "daemon/media/tree/file_system.h"

#include <string>
#include <vector>

namespace famfs::ctl {

struct NamedNode {
    std::string path; ///< relative to the root
    const media::Node *node = nullptr;
};

/// The node of @path and all below it, but not the root; a directory before what is in it. ENOENT.
base::Expected<std::vector<NamedNode>> nodes_below(const media::FileSystem &file_system,
                                                   const std::string &path);

} // namespace famfs::ctl
