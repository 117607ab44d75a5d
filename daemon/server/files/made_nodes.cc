// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/files/made_nodes.h"

#include <algorithm>
#include <functional>
#include <random>

namespace famfs::server {

namespace {

/// Gaps among the entries of a directory are worth closing beyond so many.
constexpr std::uint64_t few_gaps = 16;

} // namespace

std::size_t MadeNodes::NameHash::operator()(const Name &name) const {
    return std::hash<std::string_view>()(name.name) ^ (name.parent * 0x9E3779B97F4A7C15ULL);
}

MadeNodes::MadeNodes(std::uint64_t first_nodeid) : next_(first_nodeid), generation_(std::random_device{}()) {}

const MadeNode *MadeNodes::find(std::uint64_t nodeid) const {
    const auto found = nodes_.find(nodeid);
    return found == nodes_.end() ? nullptr : &found->second;
}

MadeNode *MadeNodes::find(std::uint64_t nodeid) {
    const auto found = nodes_.find(nodeid);
    return found == nodes_.end() ? nullptr : &found->second;
}

const MadeNode *MadeNodes::find(std::uint64_t parent, std::string_view name) const {
    const auto found = names_.find(Name(parent, name));
    return found == names_.end() ? nullptr : *found;
}

const MadeChildren *MadeNodes::children(std::uint64_t directory) const {
    const auto found = children_.find(directory);
    return found == children_.end() ? nullptr : &found->second;
}

bool MadeNodes::empty(std::uint64_t directory) const {
    const MadeChildren *list = children(directory);
    return list == nullptr || list->count == 0;
}

MadeNode &MadeNodes::add() {
    std::uint64_t nodeid = next_;
    if (free_.empty()) {
        next_++;
    } else {
        nodeid = free_.back();
        free_.pop_back();
        generation_++;
    }
    MadeNode &node = nodes_[nodeid];
    node.nodeid = nodeid;
    node.generation = generation_;
    return node;
}

void MadeNodes::keep_unpublished(const MadeNode &node) {
    if (!node.published && unpublished_.insert(node.nodeid).second)
        unpublished_directories_ += node.directory() ? 1 : 0;
}

void MadeNodes::drop_unpublished(const MadeNode &node) {
    if (unpublished_.erase(node.nodeid) != 0)
        unpublished_directories_ -= node.directory() ? 1 : 0;
}

void MadeNodes::publish(MadeNode &node) {
    node.published = true;
    drop_unpublished(node);
}

void MadeNodes::link(MadeNode &node) {
    MadeChildren &list = children_[node.parent];
    node.position = list.next_position++;
    node.linked = true;
    list.entries.push_back({node.position, node.nodeid});
    list.count++;
    list.subdirectories += node.directory() ? 1 : 0;
    (node.directory() ? directories_ : files_)++;
    names_.insert(&node);
    keep_unpublished(node);
    ::clock_gettime(CLOCK_REALTIME, &list.changed);
}

void MadeNodes::unlink(MadeNode &node) {
    names_.erase(&node);
    drop_unpublished(node);
    node.linked = false;
    MadeChildren &list = children_[node.parent];
    std::ranges::lower_bound(list.entries, node.position, {}, &MadeChildren::Entry::position)->nodeid = 0;
    list.count--;
    list.subdirectories -= node.directory() ? 1 : 0;
    (node.directory() ? directories_ : files_)--;
    if (list.entries.size() > 2 * list.count + few_gaps)
        std::erase_if(list.entries, [](const MadeChildren::Entry &entry) { return entry.nodeid == 0; });
    ::clock_gettime(CLOCK_REALTIME, &list.changed);
}

void MadeNodes::erase(std::uint64_t nodeid) {
    children_.erase(nodeid);
    nodes_.erase(nodeid);
}

} // namespace famfs::server
