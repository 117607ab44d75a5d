// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/files/names.h"

#include "base/text.h"
#include "daemon/media/check/path_check.h"

namespace famfs::server {

bool Names::taken(std::uint64_t parent, std::string_view name) const {
    return made_.find(parent, name) != nullptr || logged_.find(parent, name) != nullptr;
}

bool Names::directory(std::uint64_t nodeid) const {
    if (const MadeNode *node = made_.find(nodeid))
        return node->directory();
    const media::Node *node = logged_.find(nodeid);
    return node != nullptr && node->directory;
}

bool Names::living_directory(std::uint64_t nodeid) const {
    const MadeNode *node = made_.find(nodeid);
    return directory(nodeid) && (node == nullptr || node->linked);
}

std::uint64_t Names::parent_of(std::uint64_t nodeid) const {
    if (const MadeNode *node = made_.find(nodeid))
        return node->parent;
    const media::Node *node = logged_.find(nodeid);
    return node == nullptr || nodeid == media::root_nodeid ? media::root_nodeid : node->parent;
}

std::string Names::path_in(std::uint64_t directory, std::string_view name) const {
    std::string path(name);
    for (; directory != media::root_nodeid; directory = parent_of(directory)) {
        const MadeNode *node = made_.find(directory);
        const media::Node *logged = logged_.find(directory);
        path.insert(0, 1, '/');
        path.insert(0, node != nullptr ? node->name : logged != nullptr ? logged->name : "?");
    }
    return path;
}

std::string Names::path_of(std::uint64_t nodeid) const {
    if (const MadeNode *node = made_.find(nodeid))
        return path_in(node->parent, node->name);
    const media::Node *logged = logged_.find(nodeid);
    return logged == nullptr || nodeid == media::root_nodeid ? "" : path_in(logged->parent, logged->name);
}

bool Names::inside(std::uint64_t nodeid, std::uint64_t directory) const {
    while (nodeid != directory && nodeid != media::root_nodeid)
        nodeid = parent_of(nodeid);
    return nodeid == directory;
}

base::Expected<void> Names::check_paths(const MadeNode &node, const std::string &path) const {
    if (auto fine = media::check_new_path(path); !fine)
        return fine;
    const MadeChildren *here = made_.children(node.nodeid);
    if (here == nullptr)
        return {};
    for (const MadeChildren::Entry &entry : here->entries)
        if (const MadeNode *child = made_.find(entry.nodeid))
            if (auto fine = check_paths(*child, path + '/' + child->name); !fine)
                return fine;
    return {};
}

base::Expected<void> Names::check_over(const MadeNode &node, const MadeNode &target) const {
    const std::string object =
        base::quote(path_of(node.nodeid)) + " over " + base::quote(path_of(target.nodeid));
    if (node.directory() && !target.directory())
        return base::fail(ENOTDIR, "rename", object);
    if (!node.directory() && target.directory())
        return base::fail(EISDIR, "rename", object);
    if (!made_.empty(target.nodeid))
        return base::fail(ENOTEMPTY, "rename", object);
    return {};
}

} // namespace famfs::server
