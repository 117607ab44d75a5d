// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/file_server.h"

#include "base/now.h"
#include "base/text.h"
#include "base/try.h"
#include "daemon/fuse/control.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <memory>
#include <optional>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace famfs::server {

namespace {

constexpr std::uint64_t block_size = 4096;
constexpr std::uint64_t no_name_seconds = 24ULL * 60 * 60;
constexpr mode_t permission_bits = 07777;
constexpr const char *only_grows =
    "the log only grows: what it has named keeps name, size, owner and mode, and is never removed";

// Directory positions: 0 is ".", 1 is "..", 2 + i is child i; a reply names the position after the entry.
constexpr std::uint64_t first_child = 2;

bool wants_to_write(int flags) {
    return (flags & O_ACCMODE) != O_RDONLY;
}

/// What an open of a virtual file holds: one consistent text. Nothing else has a handle.
const std::string *text_of(const fuse_file_info *file) {
    return std::bit_cast<const std::string *>(file->fh);
}

NewName new_name(fuse_req_t request, std::uint64_t parent, const char *name, mode_t mode) {
    const fuse_ctx &caller = *fuse_req_ctx(request);
    return {.parent = parent,
            .name = name,
            .attributes = {.uid = caller.uid, .gid = caller.gid, .mode = mode & permission_bits}};
}

/// FUSE_SET_ATTR_* but for the size. The server's own ctime always goes with it.
Change change_of(const struct stat &attributes, int to_set) {
    Change change;
    if ((to_set & FUSE_SET_ATTR_MODE) != 0)
        change.mode = attributes.st_mode & permission_bits;
    if ((to_set & FUSE_SET_ATTR_UID) != 0)
        change.uid = attributes.st_uid;
    if ((to_set & FUSE_SET_ATTR_GID) != 0)
        change.gid = attributes.st_gid;
    if ((to_set & FUSE_SET_ATTR_ATIME) != 0)
        change.access = (to_set & FUSE_SET_ATTR_ATIME_NOW) != 0 ? base::now() : attributes.st_atim;
    if ((to_set & FUSE_SET_ATTR_MTIME) != 0)
        change.modification = (to_set & FUSE_SET_ATTR_MTIME_NOW) != 0 ? base::now() : attributes.st_mtim;
    return change;
}

} // namespace

void FileServer::fail(fuse_req_t request, const char *what, const base::Error &error) {
    warnings_.say(what + std::to_string(error.code), error.message());
    fuse_reply_err(request, error.code);
}

void FileServer::answer(fuse_req_t request, const char *what, const base::Expected<void> &done) {
    if (!done)
        return fail(request, what, done.error());
    fuse_reply_err(request, 0);
}

void FileServer::answer_entry(fuse_req_t request, const char *what,
                              const base::Expected<fuse::Attributes> &made) {
    if (!made)
        return fail(request, what, made.error());
    if (fuse::reply_entry(request, *made) != 0)
        forget(made->nodeid, 1);
}

bool FileServer::can_make(fuse_req_t request, const char *operation) {
    if (making_.files != nullptr)
        return true;
    fail(request, operation, base::Error{EROFS, operation, "on this mount", making_.why_not});
    return false;
}

// -- names --

// With "." the kernel asks for a number that it has forgotten, and with ".." for what is above it.
void FileServer::lookup(fuse_req_t request, std::uint64_t parent, const char *name) {
    const std::string_view wanted = name;
    std::optional<fuse::Attributes> found;
    if (wanted == "." || wanted == "..") {
        found = tree_.look_up(wanted == "." ? parent : tree_.parent(parent));
        if (!found)
            return static_cast<void>(fuse_reply_err(request, ESTALE));
    } else {
        // Names that long are refused whatever is asked of them, as statfs(2) says (f_namemax).
        if (wanted.size() > media::max_path)
            return static_cast<void>(fuse_reply_err(request, ENAMETOOLONG));
        found = tree_.look_up(parent, wanted);
        if (!found)
            return fuse::reply_no_entry(request, no_name_seconds);
    }
    if (fuse::reply_entry(request, *found) != 0)
        forget(found->nodeid, 1);
}

void FileServer::forget(std::uint64_t nodeid, std::uint64_t count) {
    if (making_.files != nullptr)
        making_.files->forgotten(nodeid, count);
}

bool FileServer::add_dots(fuse::DirectoryReply &reply, std::uint64_t nodeid, std::uint64_t offset) const {
    if (offset == 0 && !reply.add_dots(".", nodeid, 1))
        return false;
    return offset > 1 || reply.add_dots("..", tree_.parent(nodeid), first_child);
}

void FileServer::read_directory(fuse_req_t request, std::uint64_t nodeid, std::size_t size,
                                std::uint64_t offset, bool plus) {
    if (!tree_.is_directory(nodeid))
        return static_cast<void>(fuse_reply_err(request, ENOTDIR));
    fuse::DirectoryReply reply(size, plus);
    std::vector<std::uint64_t> looked_up;
    if (add_dots(reply, nodeid, offset))
        tree_.children(nodeid, offset < first_child ? 0 : offset - first_child, plus,
                       [&](std::uint64_t position, const Child &child) {
                           if (!reply.add(child.name, child.attributes, first_child + position + 1))
                               return false;
                           if (plus)
                               looked_up.push_back(child.attributes.nodeid);
                           return true;
                       });
    if (reply.send(request) != 0)
        for (const std::uint64_t child : looked_up)
            forget(child, 1);
}

void FileServer::create(fuse_req_t request, std::uint64_t parent, const char *name, mode_t mode,
                        fuse_file_info *file) {
    if (!can_make(request, "create"))
        return;
    const auto made = making_.files->make_file(new_name(request, parent, name, mode));
    if (!made)
        return fail(request, "create", made.error());
    if (const auto open = opened(made->nodeid, file->flags); !open) {
        forget(made->nodeid, 1);
        return fail(request, "create", open.error());
    }
    file->fh = 0;
    file->keep_cache = backend_.mapped() ? 1 : 0;
    if (fuse::reply_create(request, *made, *file) != 0) {
        closed(made->nodeid, file->flags);
        forget(made->nodeid, 1);
    }
}

void FileServer::make_file(fuse_req_t request, std::uint64_t parent, const char *name, mode_t mode) {
    if (can_make(request, "mknod"))
        answer_entry(request, "mknod", making_.files->make_file(new_name(request, parent, name, mode)));
}

void FileServer::make_directory(fuse_req_t request, std::uint64_t parent, const char *name, mode_t mode) {
    if (can_make(request, "mkdir"))
        answer_entry(request, "mkdir", making_.files->make_directory(new_name(request, parent, name, mode)));
}

void FileServer::unlink(fuse_req_t request, std::uint64_t parent, const char *name) {
    if (can_make(request, "unlink"))
        answer(request, "unlink", making_.files->remove(parent, name));
}

void FileServer::remove_directory(fuse_req_t request, std::uint64_t parent, const char *name) {
    if (can_make(request, "rmdir"))
        answer(request, "rmdir", making_.files->remove(parent, name));
}

void FileServer::rename(fuse_req_t request, std::uint64_t parent, const char *name, std::uint64_t new_parent,
                        const char *new_name, unsigned flags) {
    if (!can_make(request, "rename"))
        return;
    // An exchange or a whiteout is asked for by those who can do without.
    if ((flags & ~static_cast<unsigned>(RENAME_NOREPLACE)) != 0)
        return static_cast<void>(fuse_reply_err(request, EINVAL));
    answer(request, "rename", making_.files->rename(parent, name, new_parent, new_name, flags == 0));
}

void FileServer::change_names(fuse_req_t request, const char *operation) {
    if (can_make(request, operation))
        fail(
            request, operation,
            base::Error{EPERM, operation, "on this mount", "a famfs has regular files and directories only"});
}

// -- attributes --

void FileServer::get_attributes(fuse_req_t request, std::uint64_t nodeid) {
    if (const auto attributes = tree_.attributes(nodeid))
        fuse::reply_attributes(request, *attributes);
    else
        fuse_reply_err(request, ENOENT);
}

base::Expected<void> FileServer::resize(std::uint64_t nodeid, std::uint64_t size) {
    if (tree_.file(nodeid) != nullptr)
        return making_.files->resize(nodeid, size);
    const auto file = tree_.attributes(nodeid);
    if (file && file->size == size)
        return {};
    return base::fail(making_.files == nullptr ? EROFS : EPERM, "change the size of",
                      base::quote(tree_.path(nodeid)),
                      making_.files == nullptr ? making_.why_not : only_grows);
}

void FileServer::set_attributes(fuse_req_t request, std::uint64_t nodeid, const struct stat &attributes,
                                int to_set) {
    const bool size = (to_set & FUSE_SET_ATTR_SIZE) != 0;
    const bool others = (to_set & (FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID |
                                   FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_MTIME)) != 0;
    base::Expected<void> done;
    if (others && making_.files == nullptr)
        done = base::fail(EROFS, "change mode, owner or times of", base::quote(tree_.path(nodeid)),
                          making_.why_not);
    else if (others)
        done = making_.files->change(nodeid, change_of(attributes, to_set));
    if (done && size)
        done = resize(nodeid, static_cast<std::uint64_t>(attributes.st_size));
    if (!done)
        return fail(request, "setattr", done.error());
    get_attributes(request, nodeid);
}

void FileServer::file_system_status(fuse_req_t request) {
    const media::Usage &usage = tree_.logged().usage();
    MadeFiles::Room now{.free_bytes = usage.capacity - usage.used,
                        .free_slots = usage.log_slots - usage.log_used};
    if (making_.files != nullptr)
        now = making_.files->room();
    struct statvfs status{};
    status.f_bsize = block_size;
    status.f_frsize = block_size;
    status.f_blocks = usage.capacity / block_size;
    status.f_bfree = status.f_bavail = now.free_bytes / block_size;
    status.f_files = usage.log_slots;
    status.f_ffree = status.f_favail = now.free_slots;
    status.f_namemax = media::max_path;
    fuse_reply_statfs(request, &status);
}

// -- data --

base::Expected<void> FileServer::opened(std::uint64_t nodeid, int flags) {
    if (!wants_to_write(flags))
        return making_.files == nullptr ? base::Expected<void>{} : making_.files->opened(nodeid, flags);
    // By number, not by mode: root may write anything, and superblock and log have only one kind of writer.
    if (nodeid < media::first_entry_nodeid)
        return base::fail(EROFS, "open for writing", base::quote(tree_.path(nodeid)),
                          "famfsctl writes superblock and log");
    if (making_.files != nullptr)
        FAMFS_TRY(making_.files->opened(nodeid, flags));
    else if ((flags & O_APPEND) != 0)
        return base::fail(EPERM, "open with O_APPEND", base::quote(tree_.path(nodeid)),
                          "the log has its size; write inside it");
    written_.opened(nodeid);
    return {};
}

void FileServer::closed(std::uint64_t nodeid, int flags) {
    if (wants_to_write(flags)) {
        const auto file = tree_.file(nodeid);
        written_.closed(nodeid, file == nullptr || file->view().published());
    }
    if (making_.files == nullptr)
        return;
    if (const auto closed = making_.files->closed(nodeid, flags); !closed)
        warnings_.say("close" + std::to_string(closed.error().code), closed.error().message());
}

void FileServer::open_virtual(fuse_req_t request, std::uint64_t nodeid, fuse_file_info *file) {
    auto text = std::make_unique<std::string>(text_(nodeid));
    file->fh = std::bit_cast<std::uint64_t>(text.get());
    file->direct_io = 1;
    // A failed reply means that nobody got the handle, so nobody will release it.
    if (fuse_reply_open(request, file) == 0) [[maybe_unused]]
        const auto *handed_out = text.release();
}

// keep_cache with a mapped file: without it the kernel drops the inode's page tables at each open. Without
// the hook the page cache is dropped at each open, which is how a reader gets to see what other hosts wrote.
void FileServer::open(fuse_req_t request, std::uint64_t nodeid, fuse_file_info *file) {
    if (const auto open = opened(nodeid, file->flags); !open)
        return fail(request, "open", open.error());
    file->fh = 0;
    if (is_virtual(nodeid))
        return open_virtual(request, nodeid, file);
    file->keep_cache = backend_.mapped() ? 1 : 0;
    if (fuse_reply_open(request, file) != 0)
        closed(nodeid, file->flags);
}

// The record of a file made here does not change from the look-up to the end of the copy, and neither can its
// space become another's.
void FileServer::read(fuse_req_t request, std::uint64_t nodeid, std::size_t size, std::uint64_t offset,
                      fuse_file_info *file) {
    if (is_virtual(nodeid)) {
        const std::string &text = *text_of(file);
        const std::uint64_t begin = std::min<std::uint64_t>(offset, text.size());
        fuse_reply_buf(request, text.data() + begin, std::min<std::size_t>(size, text.size() - begin));
        return;
    }
    std::optional<base::SharedLock> records;
    if (making_.files != nullptr && tree_.made_here(nodeid))
        records.emplace(making_.files->record_readers());
    const auto found = tree_.attributes(nodeid);
    if (!found || S_ISDIR(found->mode))
        return static_cast<void>(fuse_reply_err(request, ENOENT));
    backend_.read(request, {.nodeid = nodeid, .size = found->size, .tree = &tree_}, size, offset);
}

void FileServer::write(fuse_req_t request, std::uint64_t nodeid, std::span<const std::byte> bytes,
                       std::uint64_t offset) {
    const std::uint64_t end = offset + bytes.size();
    if (const auto grown = allocate(nodeid, false, end); !grown)
        return fail(request, "write", grown.error());
    std::optional<base::SharedLock> records;
    if (making_.files != nullptr && tree_.made_here(nodeid)) {
        making_.files->written(nodeid);
        records.emplace(making_.files->record_readers());
    }
    const auto found = tree_.attributes(nodeid);
    if (!found || S_ISDIR(found->mode) || nodeid < media::first_entry_nodeid)
        return static_cast<void>(fuse_reply_err(request, EROFS));
    backend_.write(request, {.nodeid = nodeid, .size = found->size, .tree = &tree_}, bytes, offset);
}

// What a file has already is no change; programs that prepare their files ask for it.
base::Expected<void> FileServer::allocate(std::uint64_t nodeid, bool keep_size, std::uint64_t end) {
    const auto file = tree_.attributes(nodeid);
    if (!file || S_ISDIR(file->mode))
        return base::fail(ENOENT, "allocate for", "nodeid " + std::to_string(nodeid));
    if (end <= file->size)
        return {};
    if (making_.files == nullptr)
        return base::fail(EFBIG, "make longer", base::quote(tree_.path(nodeid)), making_.why_not);
    return keep_size ? making_.files->reserve(nodeid, end) : making_.files->grow(nodeid, end);
}

void FileServer::allocate(fuse_req_t request, std::uint64_t nodeid, int mode, std::uint64_t offset,
                          std::uint64_t length) {
    if ((mode & ~FALLOC_FL_KEEP_SIZE) != 0 || nodeid < media::first_entry_nodeid)
        return static_cast<void>(fuse_reply_err(request, EOPNOTSUPP));
    answer(request, "fallocate", allocate(nodeid, (mode & FALLOC_FL_KEEP_SIZE) != 0, offset + length));
}

void FileServer::release(fuse_req_t request, std::uint64_t nodeid, fuse_file_info *file) {
    if (is_virtual(nodeid))
        delete text_of(file);
    else
        closed(nodeid, file->flags);
    fuse_reply_err(request, 0);
}

// -- publication --

base::Expected<void> FileServer::write_back(std::uint64_t nodeid) {
    base::FileMap map;
    if (const auto file = tree_.file(nodeid))
        map = file->map();
    else if (const media::Node *node = tree_.logged().find(nodeid))
        map = node->map;
    for (const base::Extent &extent : map.extents)
        FAMFS_TRY(backend_.persist(extent.device, extent.offset, extent.length));
    return {};
}

// Who can still write to the file has its bytes written back, and its entry comes when it is complete.
void FileServer::synchronize(fuse_req_t request, std::uint64_t nodeid) {
    auto done = write_back(nodeid);
    if (done && making_.files != nullptr)
        done = making_.files->publish_file(nodeid);
    answer(request, "fsync", done);
}

base::Expected<void> FileServer::publish(const Selection &selection) {
    if (making_.files == nullptr)
        return {};
    if (const auto published = making_.files->publish(selection); !published)
        return std::unexpected(published.error());
    return {};
}

void FileServer::synchronize_directory(fuse_req_t request, std::uint64_t nodeid) {
    answer(request, "fsync of a directory", publish({.reach = Selection::Reach::entries, .nodes = {nodeid}}));
}

/// All of them are tried; the first error counts.
base::Expected<void> FileServer::write_back_written() {
    base::Expected<void> all;
    for (const std::uint64_t nodeid : written_.take()) {
        if (const auto done = write_back(nodeid); !done) {
            written_.keep(nodeid);
            all = all ? done : all;
        }
    }
    return all;
}

int FileServer::synchronize_file_system() {
    const auto published = publish({});
    const auto written = write_back_written();
    for (const auto *done : {&published, &written}) {
        if (!*done) {
            warnings_.say("syncfs" + std::to_string(done->error().code), done->error().message());
            return done->error().code;
        }
    }
    return 0;
}

void FileServer::control(fuse_req_t request, std::uint64_t, unsigned number,
                         std::span<const std::byte> argument, std::size_t answer_size) {
    PublishRequest asked{};
    if (number != FAMFS_PUBLISH || argument.size() != sizeof(asked) || answer_size < sizeof(asked))
        return static_cast<void>(fuse_reply_err(request, ENOTTY));
    std::memcpy(&asked, argument.data(), sizeof(asked));
    if (asked.nodes_count > PublishRequest::most_nodes)
        return static_cast<void>(fuse_reply_err(request, EINVAL));
    if (!can_make(request, "publish"))
        return;
    if (const uid_t caller = fuse_req_ctx(request)->uid; caller != 0 && caller != ::geteuid())
        return static_cast<void>(fuse_reply_err(request, EPERM));
    Selection selection;
    if (asked.nodes_count != 0) {
        selection.reach = Selection::Reach::below;
        selection.nodes.assign(asked.nodes.begin(), asked.nodes.begin() + asked.nodes_count);
    }
    PublishRequest done{};
    if (const auto published = making_.files->publish(selection)) {
        done.files = published->files;
        done.directories = published->directories;
        done.open = published->open.size();
        done.empty = published->empty.size();
    } else {
        done.error = published.error().code;
        published.error().message().copy(done.message.data(), done.message.size() - 1);
    }
    fuse_reply_ioctl(request, 0, &done, sizeof(done));
}

} // namespace famfs::server
