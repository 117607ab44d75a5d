// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/namespace.h"

#include <mutex>
#include <numeric>
#include <sys/stat.h>

namespace famfs::server {

namespace {

constexpr std::string_view status_name = ".status";

// Nothing changes behind the kernel's back: what will, will be announced to it.
constexpr std::uint64_t cache_seconds = 24ULL * 60 * 60;

std::uint64_t allocated(const media::Node &node) {
    const auto &extents = node.map.extents;
    return std::accumulate(extents.begin(), extents.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const base::Extent &extent) { return sum + extent.length; });
}

} // namespace

// Nodeids of what is made here lie behind those of every entry that the log can hold.
Namespace::Namespace(media::FileSystem file_system, bool mapped, timespec mount_time)
    : file_system_(std::move(file_system)), mapped_(mapped), mount_time_(mount_time),
      subdirectories_(file_system_.nodes().size()),
      made_(media::first_entry_nodeid + file_system_.usage().log_slots) {
    const media::Node *first = file_system_.nodes().data();
    for (const media::Node &node : file_system_.nodes()) {
        const media::Node *parent = file_system_.find(node.parent);
        if (node.directory && parent != nullptr && parent != &node)
            subdirectories_[static_cast<std::size_t>(parent - first)]++;
    }
}

const media::Node *Namespace::node(std::uint64_t nodeid) const {
    if (!made_.owns(nodeid))
        return file_system_.find(nodeid);
    const MadeNode *made = made_.find(nodeid);
    return made == nullptr ? nullptr : &made->node();
}

std::uint32_t Namespace::subdirectories(std::uint64_t directory) const {
    const std::uint32_t made = made_.subdirectories(directory);
    if (made_.owns(directory))
        return made;
    const media::Node *node = file_system_.find(directory);
    return made + subdirectories_[static_cast<std::size_t>(node - file_system_.nodes().data())];
}

fuse::Attributes Namespace::attributes(const media::Node &node, timespec time) const {
    fuse::Attributes attributes;
    attributes.nodeid = node.nodeid;
    attributes.time = time;
    attributes.mode = node.mode | (node.directory ? S_IFDIR : S_IFREG);
    attributes.uid = node.uid;
    attributes.gid = node.gid;
    attributes.valid_seconds = cache_seconds;
    if (node.directory) {
        attributes.links = 2 + subdirectories(node.nodeid);
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

std::optional<fuse::Attributes> Namespace::attributes(std::uint64_t nodeid) const {
    if (nodeid == status_nodeid)
        return status_attributes();
    const media::Node *found = node(nodeid);
    if (found == nullptr)
        return std::nullopt;
    if (!made_.owns(nodeid))
        return attributes(*found, mount_time_);
    const MadeNode &made = *made_.find(nodeid);
    fuse::Attributes result = attributes(made.node(), made.time());
    if (!made.linked)
        result.links = 0;
    return result;
}

std::optional<fuse::Attributes> Namespace::find(std::uint64_t nodeid) const {
    const std::shared_lock reading(mutex_);
    return attributes(nodeid);
}

std::optional<fuse::Attributes> Namespace::find(std::uint64_t parent, std::string_view name) const {
    if (parent == media::meta_nodeid && name == status_name)
        return status_attributes();
    const std::shared_lock reading(mutex_);
    if (const media::Node *node = file_system_.find(parent, name))
        return attributes(*node, mount_time_);
    if (const MadeNode *made = made_.find(parent, name))
        return attributes(made->node(), made->time());
    return std::nullopt;
}

std::optional<File> Namespace::file(std::uint64_t nodeid) const {
    const std::shared_lock reading(mutex_);
    const media::Node *found = node(nodeid);
    if (found == nullptr || found->directory)
        return std::nullopt;
    return File{.nodeid = nodeid, .size = found->map.size, .name = std::string(found->name)};
}

std::vector<base::Extent> Namespace::extents(std::uint64_t nodeid) const {
    const std::shared_lock reading(mutex_);
    const media::Node *found = node(nodeid);
    if (found == nullptr)
        return {};
    return {found->map.extents.begin(), found->map.extents.end()};
}

std::uint64_t Namespace::files() const {
    const std::shared_lock reading(mutex_);
    return file_system_.usage().files + made_.files();
}

std::uint64_t Namespace::directories() const {
    const std::shared_lock reading(mutex_);
    return file_system_.usage().directories + made_.directories();
}

bool Namespace::is_directory(std::uint64_t nodeid) const {
    const std::shared_lock reading(mutex_);
    const media::Node *found = node(nodeid);
    return found != nullptr && found->directory;
}

std::uint64_t Namespace::parent(std::uint64_t nodeid) const {
    const std::shared_lock reading(mutex_);
    const media::Node *found = node(nodeid);
    return found == nullptr || nodeid == media::root_nodeid ? media::root_nodeid : found->parent;
}

std::optional<std::string> Namespace::path(std::uint64_t directory, std::string_view name) const {
    const std::shared_lock reading(mutex_);
    std::string path(name);
    while (directory != media::root_nodeid) {
        const media::Node *found = node(directory);
        if (found == nullptr)
            return std::nullopt;
        path.insert(0, 1, '/').insert(0, found->name);
        directory = found->parent;
    }
    return path;
}

// .meta's own children are fixed, so the virtual one can come first.
std::optional<Child> Namespace::child(std::uint64_t directory, std::uint64_t position) const {
    if (directory == media::meta_nodeid) {
        if (position == 0)
            return Child{.name = status_name, .attributes = status_attributes()};
        position--;
    }
    const auto logged = file_system_.children(directory);
    const auto nodeid =
        position < logged.size() ? logged[position] : made_.children(directory)[position - logged.size()];
    const media::Node *found = node(nodeid);
    const auto known = attributes(nodeid);
    if (found == nullptr || !known)
        return std::nullopt;
    return Child{.name = found->name, .attributes = *known};
}

void Namespace::children(std::uint64_t directory, std::uint64_t first,
                         const std::function<bool(std::uint64_t, const Child &)> &take) const {
    const std::shared_lock reading(mutex_);
    const std::uint64_t count = file_system_.children(directory).size() + made_.children(directory).size() +
                                (directory == media::meta_nodeid ? 1 : 0);
    for (std::uint64_t position = first; position < count; position++)
        if (const auto found = child(directory, position); found && !take(position, *found))
            return;
}

fuse::Attributes Namespace::add(const media::Node &node, timespec time) {
    const std::unique_lock writing(mutex_);
    const MadeNode &made = made_.add(node, time);
    return attributes(made.node(), made.time());
}

void Namespace::unlink(std::uint64_t nodeid) {
    const std::unique_lock writing(mutex_);
    made_.unlink(nodeid);
}

void Namespace::remove(std::uint64_t nodeid) {
    const std::unique_lock writing(mutex_);
    made_.remove(nodeid);
}

void Namespace::change(std::uint64_t nodeid, const base::FileMap &map, const media::Attributes &attributes) {
    const std::unique_lock writing(mutex_);
    if (MadeNode *made = made_.find(nodeid))
        made->change(map, attributes);
}

} // namespace famfs::server
