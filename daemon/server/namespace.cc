// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/namespace.h"

#include <numeric>
#include <sys/stat.h>

namespace famfs::server {

namespace {

constexpr std::string_view status_name = ".status";

// Nothing changes behind the kernel's back: what will, will be announced to it.
constexpr std::uint64_t cache_seconds = 24ULL * 60 * 60;

std::uint64_t allocated(const media::Node &node) {
    const auto &extents = node.map.extents;
    return std::accumulate(
        extents.begin(), extents.end(), std::uint64_t{0},
        [](std::uint64_t sum, const loader::Extent &extent) { return sum + extent.length; });
}

} // namespace

Namespace::Namespace(media::FileSystem file_system, bool mapped, timespec mount_time)
    : file_system_(std::move(file_system)), mapped_(mapped), mount_time_(mount_time),
      subdirectories_(file_system_.nodes().size()) {
    const media::Node *first = file_system_.nodes().data();
    for (const media::Node &node : file_system_.nodes()) {
        const media::Node *parent = file_system_.find(node.parent);
        if (node.directory && parent != nullptr && parent != &node)
            subdirectories_[static_cast<std::size_t>(parent - first)]++;
    }
}

fuse::Attributes Namespace::attributes(const media::Node &node) const {
    fuse::Attributes attributes;
    attributes.nodeid = node.nodeid;
    attributes.time = mount_time_;
    attributes.mode = node.mode | (node.directory ? S_IFDIR : S_IFREG);
    attributes.uid = node.uid;
    attributes.gid = node.gid;
    attributes.valid_seconds = cache_seconds;
    if (node.directory) {
        attributes.links = 2 + subdirectories_[static_cast<std::size_t>(&node - file_system_.nodes().data())];
        return attributes;
    }
    attributes.size = node.map.size;
    attributes.allocated = allocated(node);
    attributes.mapped = mapped_;
    return attributes;
}

// Its size is unknown until it is opened; it is read past the page cache, up to its end.
fuse::Attributes Namespace::status_attributes() const {
    fuse::Attributes attributes;
    attributes.nodeid = status_nodeid;
    attributes.time = mount_time_;
    attributes.mode = S_IFREG | 0444;
    attributes.valid_seconds = cache_seconds;
    return attributes;
}

std::optional<fuse::Attributes> Namespace::find(std::uint64_t nodeid) const {
    if (nodeid == status_nodeid)
        return status_attributes();
    const media::Node *node = file_system_.find(nodeid);
    if (node == nullptr)
        return std::nullopt;
    return attributes(*node);
}

std::optional<fuse::Attributes> Namespace::find(std::uint64_t parent, std::string_view name) const {
    if (parent == media::meta_nodeid && name == status_name)
        return status_attributes();
    const media::Node *node = file_system_.find(parent, name);
    if (node == nullptr)
        return std::nullopt;
    return attributes(*node);
}

bool Namespace::is_directory(std::uint64_t nodeid) const {
    const media::Node *node = file_system_.find(nodeid);
    return node != nullptr && node->directory;
}

std::uint64_t Namespace::parent(std::uint64_t nodeid) const {
    const media::Node *node = file_system_.find(nodeid);
    return node == nullptr || nodeid == media::root_nodeid ? media::root_nodeid : node->parent;
}

std::size_t Namespace::children(std::uint64_t directory) const {
    return file_system_.children(directory).size() + (directory == media::meta_nodeid ? 1 : 0);
}

Child Namespace::child(std::uint64_t directory, std::size_t index) const {
    // .meta's own children are fixed, so the virtual one can come first.
    if (directory == media::meta_nodeid) {
        if (index == 0)
            return {.name = status_name, .attributes = status_attributes()};
        index--;
    }
    const media::Node *node = file_system_.find(file_system_.children(directory)[index]);
    return {.name = node->name, .attributes = attributes(*node)};
}

} // namespace famfs::server
