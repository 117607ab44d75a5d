// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/files/tree.h"

#include "base/now.h"
#include "base/text.h"
#include "daemon/media/check/path_check.h"

#include <algorithm>
#include <sys/stat.h>

namespace famfs::server {

namespace {

// Nothing changes without the kernel's knowledge: what will, will be announced to it.
constexpr std::uint64_t cache_seconds = 24ULL * 60 * 60;
constexpr std::uint32_t permission_bits = 07777;
constexpr const char *only_grows = "it is published, and what the log has named stays as it is";

struct Virtual {
    std::uint64_t nodeid;
    std::string_view name;
};
/// In .meta, before its other children.
constexpr std::array<Virtual, 2> virtuals = {
    {{status_nodeid, ".status"}, {unpublished_nodeid, ".unpublished"}}};

std::uint64_t allocated(const media::Node &node) {
    std::uint64_t bytes = 0;
    for (const base::Extent &extent : node.map.extents)
        bytes += extent.length;
    return bytes;
}

std::unexpected<base::Error> missing(const char *operation, std::string_view name) {
    return base::fail(ENOENT, operation, base::quote(name));
}

} // namespace

Tree::Tree(media::FileSystem logged, bool mapped, timespec mount_time)
    : logged_(std::move(logged)), mapped_(mapped), mount_time_(mount_time),
      first_made_(media::first_entry_nodeid + logged_.usage().log_slots),
      logged_subdirectories_(logged_.nodes().size()), names_(logged_, first_made_) {
    const media::Node *first = logged_.nodes().data();
    for (const media::Node &node : logged_.nodes()) {
        const media::Node *parent = logged_.find(node.parent);
        if (node.directory && parent != nullptr && parent != &node)
            logged_subdirectories_[static_cast<std::size_t>(parent - first)]++;
    }
}

// -- looking --

fuse::Attributes Tree::of_virtual(std::uint64_t nodeid) const {
    fuse::Attributes attributes;
    attributes.nodeid = nodeid;
    attributes.set_times(mount_time_);
    // Its size is unknown until it is opened; it is read past the page cache, up to its end.
    attributes.mode = S_IFREG | 0444;
    attributes.valid_seconds = cache_seconds;
    return attributes;
}

fuse::Attributes Tree::of_logged(const media::Node &node) const {
    fuse::Attributes attributes;
    attributes.nodeid = node.nodeid;
    attributes.set_times(mount_time_);
    attributes.mode = node.mode | (node.directory ? S_IFDIR : S_IFREG);
    attributes.uid = node.uid;
    attributes.gid = node.gid;
    attributes.valid_seconds = cache_seconds;
    if (!node.directory) {
        attributes.size = node.map.size;
        attributes.allocated = allocated(node);
        attributes.mapped = mapped_;
        return attributes;
    }
    attributes.links = 2 + logged_subdirectories_[static_cast<std::size_t>(&node - logged_.nodes().data())];
    if (const MadeChildren *here = names_.made().children(node.nodeid)) {
        attributes.links += here->subdirectories;
        attributes.modification = attributes.change = here->changed;
    }
    return attributes;
}

fuse::Attributes Tree::of_made(const MadeNode &node) const {
    fuse::Attributes attributes;
    attributes.nodeid = node.nodeid;
    attributes.generation = node.generation;
    attributes.access = node.times.access;
    attributes.modification = node.times.modification;
    attributes.change = node.times.change;
    attributes.mode = node.attributes.mode | (node.directory() ? S_IFDIR : S_IFREG);
    attributes.uid = node.attributes.uid;
    attributes.gid = node.attributes.gid;
    attributes.valid_seconds = cache_seconds;
    if (node.directory()) {
        const MadeChildren *here = names_.made().children(node.nodeid);
        attributes.links = 2 + (here == nullptr ? 0 : here->subdirectories);
    } else {
        const File::View file = node.file->view();
        attributes.size = file.size;
        attributes.allocated = file.allocated;
        attributes.mapped = mapped_;
    }
    if (!node.linked)
        attributes.links = 0;
    return attributes;
}

std::optional<fuse::Attributes> Tree::any(std::uint64_t nodeid) const {
    if (is_virtual(nodeid))
        return of_virtual(nodeid);
    if (made_here(nodeid)) {
        const MadeNode *node = names_.made().find(nodeid);
        return node == nullptr ? std::nullopt : std::optional(of_made(*node));
    }
    const media::Node *node = logged_.find(nodeid);
    return node == nullptr ? std::nullopt : std::optional(of_logged(*node));
}

std::optional<fuse::Attributes> Tree::attributes(std::uint64_t nodeid) const {
    const base::SharedLock lock(mutex_);
    return any(nodeid);
}

std::optional<fuse::Attributes> Tree::look_up(std::uint64_t parent, std::string_view name) {
    if (parent == media::meta_nodeid)
        for (const Virtual &file : virtuals)
            if (file.name == name)
                return of_virtual(file.nodeid);
    if (const media::Node *node = logged_.find(parent, name)) {
        const base::SharedLock lock(mutex_);
        return of_logged(*node);
    }
    const base::Lock lock(mutex_);
    const MadeNode *node = names_.made().find(parent, name);
    if (node == nullptr)
        return std::nullopt;
    names_.made().find(node->nodeid)->look_ups++;
    return of_made(*node);
}

std::optional<fuse::Attributes> Tree::look_up(std::uint64_t nodeid) {
    const base::Lock lock(mutex_);
    MadeNode *node = names_.made().find(nodeid);
    if (node == nullptr)
        return any(nodeid);
    if (!node->linked)
        return std::nullopt;
    node->look_ups++;
    return of_made(*node);
}

bool Tree::is_directory(std::uint64_t nodeid) const {
    const base::SharedLock lock(mutex_);
    return names_.directory(nodeid);
}

std::uint64_t Tree::parent(std::uint64_t nodeid) const {
    const base::SharedLock lock(mutex_);
    return names_.parent_of(nodeid);
}

std::string Tree::path(std::uint64_t nodeid) const {
    const base::SharedLock lock(mutex_);
    return names_.path_of(nodeid);
}

// Positions: the virtual files of .meta, the log's children, what was made here.
void Tree::children(std::uint64_t directory, std::uint64_t first, bool look_up,
                    const std::function<bool(std::uint64_t, const Child &)> &take) {
    const auto logged = logged_.children(directory);
    const std::uint64_t virtual_count = directory == media::meta_nodeid ? virtuals.size() : 0;
    const std::uint64_t fixed = virtual_count + logged.size();
    const base::Lock lock(mutex_);
    for (std::uint64_t at = first; at < fixed; at++) {
        const bool from_log = at >= virtual_count;
        const std::uint64_t nodeid = from_log ? logged[at - virtual_count] : virtuals.at(at).nodeid;
        const std::string_view name = from_log ? logged_.find(nodeid)->name : virtuals.at(at).name;
        if (const auto known = any(nodeid); known && !take(at, {.name = name, .attributes = *known}))
            return;
    }
    const MadeChildren *here = names_.made().children(directory);
    if (here == nullptr)
        return;
    const std::uint64_t from = first < fixed ? 0 : first - fixed;
    auto entry = std::ranges::lower_bound(here->entries, from, {}, &MadeChildren::Entry::position);
    for (; entry != here->entries.end(); ++entry) {
        MadeNode *node = names_.made().find(entry->nodeid);
        if (node == nullptr)
            continue;
        if (!take(fixed + entry->position, {.name = node->name, .attributes = of_made(*node)}))
            return;
        node->look_ups += look_up ? 1 : 0;
    }
}

std::shared_ptr<File> Tree::file(std::uint64_t nodeid) const {
    if (!made_here(nodeid))
        return nullptr;
    const base::SharedLock lock(mutex_);
    const MadeNode *node = names_.made().find(nodeid);
    return node == nullptr ? nullptr : node->file;
}

std::uint64_t Tree::files() const {
    const base::SharedLock lock(mutex_);
    return logged_.usage().files + names_.made().linked_files();
}

std::uint64_t Tree::directories() const {
    const base::SharedLock lock(mutex_);
    return logged_.usage().directories + names_.made().linked_directories();
}

std::vector<UnpublishedNode> Tree::unpublished() const {
    const base::SharedLock lock(mutex_);
    std::vector<UnpublishedNode> list;
    for (const std::uint64_t nodeid : names_.made().unpublished()) {
        const MadeNode &node = *names_.made().find(nodeid);
        list.push_back({.nodeid = nodeid,
                        .path = names_.path_of(nodeid),
                        .directory = node.directory(),
                        .attributes = node.attributes,
                        .file = node.directory() ? File::View{} : node.file->view()});
    }
    std::ranges::sort(list, {}, &UnpublishedNode::path);
    return list;
}

Unpublished Tree::count_unpublished() const {
    const base::SharedLock lock(mutex_);
    const MadeNodes &made = names_.made();
    Unpublished all{.files = made.unpublished().size() - made.unpublished_directories(),
                    .directories = made.unpublished_directories()};
    for (const std::uint64_t nodeid : made.unpublished())
        if (const MadeNode *node = made.find(nodeid); node->file) {
            const File::View file = node->file->view();
            all.file_bytes += file.size;
            all.space += file.allocated;
        }
    return all;
}

// -- changing --

void Tree::entries_changed(std::uint64_t directory) {
    if (MadeNode *node = names_.made().find(directory)) {
        node->times.modification = node->times.change = base::now();
        node->last_change = std::chrono::steady_clock::now();
    }
}

base::Expected<void> Tree::check_free(const NewName &name) const {
    const std::string path = names_.path_in(name.parent, name.name);
    if (auto checked = media::check_new_path(path); !checked)
        return checked;
    if (!names_.living_directory(name.parent))
        return base::fail(ENOENT, "create", base::quote(path), "its directory is gone");
    if (names_.taken(name.parent, name.name))
        return base::fail(EEXIST, "create", base::quote(path));
    return {};
}

base::Expected<fuse::Attributes> Tree::make(const NewName &name, bool directory, const Means &means) {
    const base::Lock lock(mutex_);
    if (auto fine = check_free(name); !fine)
        return std::unexpected(fine.error());
    MadeNode &node = names_.made().add();
    node.look_ups = 1;
    node.parent = name.parent;
    node.name = name.name;
    node.attributes = name.attributes;
    node.times.access = node.times.modification = node.times.change = base::now();
    node.last_change = std::chrono::steady_clock::now();
    if (!directory)
        node.file = std::make_shared<File>(node.nodeid, means);
    names_.made().link(node);
    entries_changed(node.parent);
    return of_made(node);
}

/// The node of a name that may still be changed.
base::Expected<MadeNode *> Tree::changeable(std::uint64_t parent, std::string_view name,
                                            const char *operation) {
    const MadeNode *node = names_.made().find(parent, name);
    if (node == nullptr && logged_.find(parent, name) == nullptr)
        return missing(operation, names_.path_in(parent, name));
    if (node == nullptr || node->published)
        return base::fail(EPERM, operation, base::quote(names_.path_in(parent, name)), only_grows);
    return names_.made().find(node->nodeid);
}

std::optional<Forgotten> Tree::take_if_forgotten(MadeNode &node) {
    if (node.linked || node.look_ups != 0 || (node.file && !node.file->idle()))
        return std::nullopt;
    Forgotten forgotten{.nodeid = node.nodeid, .file = std::move(node.file)};
    names_.made().erase(node.nodeid);
    return forgotten;
}

/// Takes its name from an unpublished node.
std::optional<Forgotten> Tree::withdraw(MadeNode &node) {
    names_.made().unlink(node);
    entries_changed(node.parent);
    node.times.change = base::now();
    if (node.file)
        node.file->withdraw();
    return take_if_forgotten(node);
}

base::Expected<std::optional<Forgotten>> Tree::remove(std::uint64_t parent, std::string_view name) {
    const base::Lock lock(mutex_);
    const auto node = changeable(parent, name, "remove");
    if (!node)
        return std::unexpected(node.error());
    if (!names_.made().empty((*node)->nodeid))
        return base::fail(ENOTEMPTY, "remove", base::quote(names_.path_in(parent, name)));
    return withdraw(**node);
}

/// Makes room for @node at its new name.
base::Expected<Renamed> Tree::clear(const MadeNode &node, std::uint64_t parent, std::string_view name,
                                    bool replace) {
    const MadeNode *there = names_.made().find(parent, name);
    if (there == nullptr && logged_.find(parent, name) == nullptr)
        return Renamed{};
    if (!replace)
        return base::fail(EEXIST, "rename to", base::quote(names_.path_in(parent, name)));
    const auto target = changeable(parent, name, "replace");
    if (!target)
        return std::unexpected(target.error());
    if (auto fine = names_.check_over(node, **target); !fine)
        return std::unexpected(fine.error());
    return Renamed{.replaced = true, .forgotten = withdraw(**target)};
}

base::Expected<Renamed> Tree::rename(std::uint64_t parent, std::string_view name, std::uint64_t new_parent,
                                     std::string_view new_name, bool replace) {
    const base::Lock lock(mutex_);
    const auto found = changeable(parent, name, "rename");
    if (!found)
        return std::unexpected(found.error());
    MadeNode &node = **found;
    if (parent == new_parent && name == new_name)
        return Renamed{};
    if (!names_.living_directory(new_parent))
        return missing("rename into", names_.path_of(new_parent));
    if (node.directory() && names_.inside(new_parent, node.nodeid))
        return base::fail(EINVAL, "rename", base::quote(names_.path_of(node.nodeid)), "into itself");
    if (auto fine = names_.check_paths(node, names_.path_in(new_parent, new_name)); !fine)
        return std::unexpected(fine.error());
    auto gone = clear(node, new_parent, new_name, replace);
    if (!gone)
        return gone;
    names_.made().unlink(node);
    entries_changed(parent);
    node.parent = new_parent;
    node.name = new_name;
    node.times.change = base::now();
    node.last_change = std::chrono::steady_clock::now();
    names_.made().link(node);
    entries_changed(new_parent);
    return gone;
}

/// Programs set what is so already, to be sure.
bool Tree::changes_nothing(std::uint64_t nodeid, const Change &change) const {
    const auto now = any(nodeid);
    return now && !change.access && !change.modification &&
           change.mode.value_or(now->mode & permission_bits) == (now->mode & permission_bits) &&
           change.uid.value_or(now->uid) == now->uid && change.gid.value_or(now->gid) == now->gid;
}

base::Expected<void> Tree::change(std::uint64_t nodeid, const Change &change) {
    const base::Lock lock(mutex_);
    MadeNode *node = names_.made().find(nodeid);
    if ((node == nullptr || node->published) && changes_nothing(nodeid, change))
        return {};
    if (node == nullptr || node->published)
        return base::fail(EPERM, "change mode, owner or times of", base::quote(names_.path_of(nodeid)),
                          only_grows);
    node->attributes.mode = change.mode.value_or(node->attributes.mode);
    node->attributes.uid = change.uid.value_or(node->attributes.uid);
    node->attributes.gid = change.gid.value_or(node->attributes.gid);
    node->times.access = change.access.value_or(node->times.access);
    node->times.modification = change.modification.value_or(node->times.modification);
    node->times.change = base::now();
    node->last_change = std::chrono::steady_clock::now();
    return {};
}

void Tree::touch(std::uint64_t nodeid, bool content) {
    const base::Lock lock(mutex_);
    MadeNode *node = names_.made().find(nodeid);
    if (node == nullptr)
        return;
    node->last_change = std::chrono::steady_clock::now();
    if (content)
        node->times.modification = node->times.change = base::now();
}

std::optional<Forgotten> Tree::forget(std::uint64_t nodeid, std::uint64_t count) {
    if (!made_here(nodeid))
        return std::nullopt;
    const base::Lock lock(mutex_);
    MadeNode *node = names_.made().find(nodeid);
    if (node == nullptr)
        return std::nullopt;
    node->look_ups -= static_cast<std::uint32_t>(std::min<std::uint64_t>(count, node->look_ups));
    return take_if_forgotten(*node);
}

void Tree::recycle(std::uint64_t nodeid) {
    const base::Lock lock(mutex_);
    names_.made().recycle(nodeid);
}

// -- publishing --

std::vector<std::shared_ptr<File>> Tree::files_of(const Selection &selection) const {
    const base::SharedLock lock(mutex_);
    std::vector<std::shared_ptr<File>> files;
    for (const std::uint64_t nodeid : selected(names_, selection))
        if (const MadeNode *node = names_.made().find(nodeid); node->file)
            files.push_back(node->file);
    return files;
}

base::Expected<std::optional<Published>> Tree::publish(const Selection &selection, EntryLog &log,
                                                       bool last_try) {
    const base::Lock lock(mutex_);
    return Publication(names_, selection, last_try).write(log);
}

} // namespace famfs::server
