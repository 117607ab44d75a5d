// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/image/tree.h"

#include "base/text.h"
#include "daemon/ctl/terminal/arguments.h"

namespace famfs::ctl {

namespace {

void collect(const media::FileSystem &file_system, const NamedNode &named, std::vector<NamedNode> &found) {
    if (named.node->nodeid != media::root_nodeid)
        found.push_back(named);
    for (const std::uint64_t child : file_system.children(named.node->nodeid)) {
        const media::Node &below = *file_system.find(child);
        collect(file_system, {join_path(named.path, below.name), &below}, found);
    }
}

} // namespace

base::Expected<std::vector<NamedNode>> nodes_below(const media::FileSystem &file_system,
                                                   const std::string &path) {
    const media::Node *start = file_system.find_path(path);
    if (start == nullptr)
        return base::fail(ENOENT, "look up", base::quote(path), "famfsctl ls shows what there is");
    std::vector<NamedNode> found;
    collect(file_system, {path, start}, found);
    return found;
}

} // namespace famfs::ctl
