// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/media/file_system.h"

#include <algorithm>

namespace famfs::media {

const Node *FileSystem::find(std::uint64_t nodeid) const {
    if (nodeid >= positions_.size() || positions_[nodeid] == NameTable::none)
        return nullptr;
    return &nodes_[positions_[nodeid]];
}

const Node *FileSystem::find(std::uint64_t parent, std::string_view name) const {
    const std::uint32_t position = names_.find(nodes_, parent, name);
    return position == NameTable::none ? nullptr : &nodes_[position];
}

const Node *FileSystem::find_path(std::string_view path) const {
    const Node *node = find(root_nodeid);
    while (node != nullptr && !path.empty()) {
        const std::size_t slash = path.find('/');
        node = find(node->nodeid, path.substr(0, slash));
        path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    }
    return node;
}

std::span<const std::uint64_t> FileSystem::children(std::uint64_t directory) const {
    const Node *node = find(directory);
    if (node == nullptr || !node->directory)
        return {};
    const std::uint32_t position = positions_[directory];
    return std::span(children_).subspan(first_child_[position],
                                        first_child_[position + 1] - first_child_[position]);
}

/// @node is new. Its name is copied; its extents are in the pool.
void FileSystem::add(Node node) {
    const std::span<char> name = characters_.take(node.name.size());
    std::ranges::copy(node.name, name.begin());
    node.name = {name.data(), name.size()};
    if (positions_.size() <= node.nodeid)
        positions_.resize(node.nodeid + 1, NameTable::none);
    const auto position = static_cast<std::uint32_t>(nodes_.size());
    positions_[node.nodeid] = position;
    nodes_.push_back(node);
    names_.insert(nodes_, position);
}

/// Anew, after nodes were taken out.
void FileSystem::index_nodes() {
    names_ = NameTable();
    names_.reserve(nodes_.size());
    std::ranges::fill(positions_, NameTable::none);
    for (std::uint32_t position = 0; position < nodes_.size(); position++) {
        positions_[nodes_[position].nodeid] = position;
        names_.insert(nodes_, position);
    }
}

/// Groups nodeids by parent: count, sum up, place. Nodes are in log order, so each group is too.
void FileSystem::index_children() {
    first_child_.assign(nodes_.size() + 1, 0);
    for (const Node &node : nodes_)
        if (node.nodeid != root_nodeid)
            first_child_[positions_[node.parent] + 1]++;
    for (std::size_t i = 1; i < first_child_.size(); i++)
        first_child_[i] += first_child_[i - 1];
    children_.resize(nodes_.size() - 1);
    std::vector<std::uint32_t> next(first_child_.begin(), first_child_.end() - 1);
    for (const Node &node : nodes_)
        if (node.nodeid != root_nodeid)
            children_[next[positions_[node.parent]]++] = node.nodeid;
}

} // namespace famfs::media
