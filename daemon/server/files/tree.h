// SPDX-License-Identifier: GPL-2.0-only
// The names that the mount shows, and whose they are: those of the log when it was read, what was made
// through the mount since, and the virtual files of .meta. The one owner of names, nodeids, modes, owners and
// times; sizes and space of files made here are each file's own (file.h).
//
// What was made here is this host's alone until it is published: then it can be renamed and removed, and its
// attributes change. Publication is a step of the whole tree: names do not change meanwhile.
#pragma once

#include "base/mutex.h"
#include "daemon/fuse/reply.h"
#include "daemon/media/tree/file_system.h"
#include "daemon/server/files/entry_log.h"
#include "daemon/server/files/file.h"
#include "daemon/server/files/names.h"
#include "daemon/server/files/publication.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace famfs::server {

/// Virtual; between the fixed nodeids and those of the log (docs/architecture.md, "Nodeids").
inline constexpr std::uint64_t status_nodeid = 5;
inline constexpr std::uint64_t unpublished_nodeid = 6;
constexpr bool is_virtual(std::uint64_t nodeid) {
    return nodeid == status_nodeid || nodeid == unpublished_nodeid;
}
/// Whole devices, while the mount is private. None of them is looked up once it is visible.
inline constexpr std::uint64_t first_private_nodeid = 7;
inline constexpr std::uint64_t private_nodeids = media::first_entry_nodeid - first_private_nodeid;

struct NewName {
    std::uint64_t parent = 0;
    std::string_view name;
    media::Attributes attributes;
};

struct Child {
    std::string_view name;
    fuse::Attributes attributes;
};

/// What utimensat(2), chmod(2) and chown(2) ask for; absent: as it is.
struct Change {
    std::optional<std::uint32_t> mode;
    std::optional<std::uint32_t> uid;
    std::optional<std::uint32_t> gid;
    std::optional<timespec> access;
    std::optional<timespec> modification;
};

/// What is not published yet.
struct UnpublishedNode {
    std::uint64_t nodeid = 0;
    std::string path;
    bool directory = false;
    media::Attributes attributes;
    File::View file; ///< of a file
};

/// All of it.
struct Unpublished {
    std::uint64_t files = 0;
    std::uint64_t directories = 0;
    std::uint64_t file_bytes = 0;
    std::uint64_t space = 0; ///< bytes allocated to them
};

/// A node that nothing knows any more: its nodeid may be given again once its file has been reclaimed.
struct Forgotten {
    std::uint64_t nodeid = 0;
    std::shared_ptr<File> file; ///< absent: a directory
};

struct Renamed {
    bool replaced = false;              ///< something had the name
    std::optional<Forgotten> forgotten; ///< and nothing knows it any more
};

/// Any thread.
class Tree {
public:
    /// @mapped: regular files are marked FUSE_ATTR_IOMAP.
    Tree(media::FileSystem logged, bool mapped, timespec mount_time);

    /// As the log had it when it was read.
    [[nodiscard]] const media::FileSystem &logged() const { return logged_; }
    [[nodiscard]] bool made_here(std::uint64_t nodeid) const { return nodeid >= first_made_; }
    [[nodiscard]] std::uint64_t files() const;
    [[nodiscard]] std::uint64_t directories() const;

    // Looking. Every answer that the kernel is given as an entry counts as a look-up until forget().
    [[nodiscard]] std::optional<fuse::Attributes> attributes(std::uint64_t nodeid) const;
    std::optional<fuse::Attributes> look_up(std::uint64_t parent, std::string_view name);
    /// For who has only the number (open_by_handle_at, NFS). Absent also if its name is gone.
    std::optional<fuse::Attributes> look_up(std::uint64_t nodeid);
    [[nodiscard]] bool is_directory(std::uint64_t nodeid) const;
    /// Of a directory; the root's is the root.
    [[nodiscard]] std::uint64_t parent(std::uint64_t nodeid) const;
    /// From the root, without a slash at either end; for messages also of what was removed.
    [[nodiscard]] std::string path(std::uint64_t nodeid) const;
    /// Calls @take for each child from position @first on, with its position, until it answers false. A child
    /// keeps its position. @look_up: each that was taken counts as a look-up.
    void children(std::uint64_t directory, std::uint64_t first, bool look_up,
                  const std::function<bool(std::uint64_t position, const Child &)> &take);
    /// Null: it was not made here, is a directory, or has been forgotten.
    [[nodiscard]] std::shared_ptr<File> file(std::uint64_t nodeid) const;
    [[nodiscard]] std::vector<UnpublishedNode> unpublished() const;
    [[nodiscard]] Unpublished count_unpublished() const;

    // Changing. EROFS is not among the errors: whoever may not change anything has no log to publish to.
    /// EEXIST, ENOENT, ENAMETOOLONG, EINVAL; counts as a look-up. @directory: else a file, made with @means.
    base::Expected<fuse::Attributes> make(const NewName &name, bool directory, const Means &means);
    /// EPERM: it is published. ENOTEMPTY, ENOENT. It may be forgotten at once.
    base::Expected<std::optional<Forgotten>> remove(std::uint64_t parent, std::string_view name);
    /// Over another unpublished one, too. EPERM, ENOTEMPTY, EISDIR, ENOTDIR, ENAMETOOLONG.
    base::Expected<Renamed> rename(std::uint64_t parent, std::string_view name, std::uint64_t new_parent,
                                   std::string_view new_name, bool replace);
    base::Expected<void> change(std::uint64_t nodeid, const Change &change);
    /// The content of a file has changed, or (@content false) it was closed by who could write to it.
    void touch(std::uint64_t nodeid, bool content);
    /// @count look-ups are no more.
    std::optional<Forgotten> forget(std::uint64_t nodeid, std::uint64_t count);
    /// The same for a file that was closed.
    std::optional<Forgotten> closed(std::uint64_t nodeid) { return forget(nodeid, 0); }
    /// The number of a Forgotten is free.
    void recycle(std::uint64_t nodeid);

    /// The files that publish() would want written back.
    [[nodiscard]] std::vector<std::shared_ptr<File>> files_of(const Selection &selection) const;
    /// One step, as Publication::write().
    base::Expected<std::optional<Published>> publish(const Selection &selection, EntryLog &log,
                                                     bool last_try);

private:
    // Looking.
    [[nodiscard]] std::optional<fuse::Attributes> any(std::uint64_t nodeid) const
        FAMFS_REQUIRES_SHARED(mutex_);
    [[nodiscard]] fuse::Attributes of_logged(const media::Node &node) const FAMFS_REQUIRES_SHARED(mutex_);
    [[nodiscard]] fuse::Attributes of_made(const MadeNode &node) const FAMFS_REQUIRES_SHARED(mutex_);
    [[nodiscard]] fuse::Attributes of_virtual(std::uint64_t nodeid) const;

    // Changing.
    [[nodiscard]] base::Expected<void> check_free(const NewName &name) const FAMFS_REQUIRES_SHARED(mutex_);
    base::Expected<MadeNode *> changeable(std::uint64_t parent, std::string_view name, const char *operation)
        FAMFS_REQUIRES(mutex_);
    base::Expected<Renamed> clear(const MadeNode &node, std::uint64_t parent, std::string_view name,
                                  bool replace) FAMFS_REQUIRES(mutex_);
    [[nodiscard]] bool changes_nothing(std::uint64_t nodeid, const Change &change) const
        FAMFS_REQUIRES_SHARED(mutex_);
    void entries_changed(std::uint64_t directory) FAMFS_REQUIRES(mutex_);
    std::optional<Forgotten> withdraw(MadeNode &node) FAMFS_REQUIRES(mutex_);
    std::optional<Forgotten> take_if_forgotten(MadeNode &node) FAMFS_REQUIRES(mutex_);

    const media::FileSystem logged_;
    const bool mapped_;
    const timespec mount_time_;
    const std::uint64_t first_made_; ///< beyond the nodeids of all entries that the log can hold
    std::vector<std::uint32_t> logged_subdirectories_; ///< of each of logged_.nodes(), by position there

    mutable base::SharedMutex mutex_;
    Names names_ FAMFS_GUARDED_BY(mutex_);
};

} // namespace famfs::server
