// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/made_nodes.h"

#include <algorithm>
#include <utility>

namespace famfs::server {

namespace {

std::string key_of(std::uint64_t parent, std::string_view name) {
    std::string key = std::to_string(parent) + '/';
    key += name;
    return key;
}

} // namespace

MadeNode::MadeNode(const media::Node &node, std::uint64_t nodeid, timespec time)
    : name_(node.name), node_(node), time_(time) {
    node_.nodeid = node_.map.nodeid = nodeid;
    node_.name = name_;
}

void MadeNode::change(const base::FileMap &map, const media::Attributes &attributes) {
    extents_ = map.extents;
    node_.map.size = map.size;
    node_.map.extents = extents_;
    node_.mode = attributes.mode;
    node_.uid = attributes.uid;
    node_.gid = attributes.gid;
}

MadeNode &MadeNodes::add(const media::Node &node, timespec time) {
    const std::uint64_t nodeid = next_++;
    children_[node.parent].push_back(nodeid);
    names_.emplace(key_of(node.parent, node.name), nodeid);
    if (node.directory)
        subdirectories_[node.parent]++;
    (node.directory ? directories_ : files_)++;
    return nodes_.try_emplace(nodeid, node, nodeid, time).first->second;
}

void MadeNodes::unlink(std::uint64_t nodeid) {
    MadeNode *made = find(nodeid);
    if (made == nullptr || !std::exchange(made->linked, false))
        return;
    std::ranges::replace(children_[made->node().parent], nodeid, std::uint64_t{0});
    names_.erase(key_of(made->node().parent, made->node().name));
    files_--;
}

void MadeNodes::remove(std::uint64_t nodeid) {
    unlink(nodeid);
    nodes_.erase(nodeid);
}

MadeNode *MadeNodes::find(std::uint64_t nodeid) {
    const auto found = nodes_.find(nodeid);
    return found == nodes_.end() ? nullptr : &found->second;
}

const MadeNode *MadeNodes::find(std::uint64_t nodeid) const {
    const auto found = nodes_.find(nodeid);
    return found == nodes_.end() ? nullptr : &found->second;
}

const MadeNode *MadeNodes::find(std::uint64_t parent, std::string_view name) const {
    const auto found = names_.find(key_of(parent, name));
    return found == names_.end() ? nullptr : find(found->second);
}

const std::vector<std::uint64_t> &MadeNodes::children(std::uint64_t directory) const {
    static const std::vector<std::uint64_t> none;
    const auto found = children_.find(directory);
    return found == children_.end() ? none : found->second;
}

std::uint32_t MadeNodes::subdirectories(std::uint64_t directory) const {
    const auto found = subdirectories_.find(directory);
    return found == subdirectories_.end() ? 0 : found->second;
}

} // namespace famfs::server
