// SPDX-License-Identifier: GPL-2.0-only
// New files and directories, and their sizes.
#include "base/text.h"
#include "daemon/server/file_server.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/stat.h>

namespace famfs::server {

namespace {

constexpr mode_t permission_bits = 07777;
constexpr int owner_and_mode = FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID;

NewName new_name(fuse_req_t request, std::uint64_t parent, const char *name, mode_t mode) {
    const fuse_ctx &caller = *fuse_req_ctx(request);
    return {.parent = parent,
            .name = name,
            .attributes = {.uid = caller.uid, .gid = caller.gid, .mode = mode & permission_bits}};
}

} // namespace

void FileServer::create(fuse_req_t request, std::uint64_t parent, const char *name, mode_t mode,
                        fuse_file_info *file) {
    if (!can_make(request, "create"))
        return;
    const auto made = making_.creator->make_file(new_name(request, parent, name, mode));
    if (!made)
        return fail(request, "create", made.error());
    opened(made->nodeid, file->flags);
    file->fh = 0;
    file->keep_cache = data_path_.mapped() ? 1 : 0;
    if (fuse::reply_create(request, *made, *file) != 0)
        closed(made->nodeid, file->flags);
}

void FileServer::make_file(fuse_req_t request, std::uint64_t parent, const char *name, mode_t mode) {
    if (!can_make(request, "mknod"))
        return;
    const auto made = making_.creator->make_file(new_name(request, parent, name, mode));
    made ? fuse::reply_entry(request, *made) : fail(request, "mknod", made.error());
}

void FileServer::make_directory(fuse_req_t request, std::uint64_t parent, const char *name, mode_t mode) {
    if (!can_make(request, "mkdir"))
        return;
    const auto made = making_.creator->make_directory(new_name(request, parent, name, mode));
    made ? fuse::reply_entry(request, *made) : fail(request, "mkdir", made.error());
}

void FileServer::unlink(fuse_req_t request, std::uint64_t parent, const char *name) {
    if (!can_make(request, "unlink"))
        return;
    const auto gone = making_.creator->unlink(parent, name);
    gone ? static_cast<void>(fuse_reply_err(request, 0)) : fail(request, "unlink", gone.error());
}

void FileServer::forget(std::uint64_t nodeid) {
    if (making_.creator != nullptr && names_.was_made_here(nodeid))
        making_.creator->forgotten(nodeid);
}

bool FileServer::opened(std::uint64_t nodeid, int flags) {
    return making_.creator == nullptr || !names_.was_made_here(nodeid) ||
           making_.creator->opened(nodeid, flags);
}

void FileServer::closed(std::uint64_t nodeid, int flags) {
    if (making_.creator == nullptr || !names_.was_made_here(nodeid))
        return;
    if (const auto closed = making_.creator->closed(nodeid, flags); !closed)
        log_.warning("close" + std::to_string(nodeid), closed.error().message());
}

// What a file has already is no change; programs that prepare their files ask for it.
base::Expected<void> FileServer::allocate(std::uint64_t nodeid, bool keep_size, std::uint64_t end) {
    const auto file = names_.file(nodeid);
    if (!file)
        return base::fail(ENOENT, "allocate for", "nodeid " + std::to_string(nodeid));
    if (end <= file->size)
        return {};
    if (making_.creator == nullptr)
        return base::fail(EFBIG, "make longer", base::quote(file->name), making_.why_not);
    return keep_size ? making_.creator->reserve(nodeid, end) : making_.creator->grow(nodeid, end);
}

void FileServer::allocate(fuse_req_t request, std::uint64_t nodeid, int mode, std::uint64_t offset,
                          std::uint64_t length) {
    if ((mode & ~FALLOC_FL_KEEP_SIZE) != 0 || nodeid < media::first_entry_nodeid)
        return refuse(request, EOPNOTSUPP, "fallocate with holes", "a famfs has none");
    const auto done = allocate(nodeid, (mode & FALLOC_FL_KEEP_SIZE) != 0, offset + length);
    done ? static_cast<void>(fuse_reply_err(request, 0)) : fail(request, "fallocate", done.error());
}

base::Expected<void> FileServer::resize(std::uint64_t nodeid, std::uint64_t size) {
    const auto file = names_.file(nodeid);
    if (file && file->size == size && (making_.creator == nullptr || !making_.creator->pending(nodeid)))
        return {};
    if (making_.creator == nullptr)
        return base::fail(EROFS, "change the size of", file ? base::quote(file->name) : "a directory",
                          making_.why_not);
    return making_.creator->resize(nodeid, size);
}

base::Expected<void> FileServer::change_owner_and_mode(std::uint64_t nodeid, const struct stat &attributes,
                                                       int to_set) {
    if (making_.creator == nullptr)
        return base::fail(EROFS, "change mode or owner of", "nodeid " + std::to_string(nodeid),
                          making_.why_not);
    return making_.creator->change(nodeid, [&](media::Attributes &file) {
        if ((to_set & FUSE_SET_ATTR_MODE) != 0)
            file.mode = attributes.st_mode & permission_bits;
        if ((to_set & FUSE_SET_ATTR_UID) != 0)
            file.uid = attributes.st_uid;
        if ((to_set & FUSE_SET_ATTR_GID) != 0)
            file.gid = attributes.st_gid;
    });
}

// Times have no place in the log. They are the mount's, and asking to change them is refused only where a
// program might rely on it: for what is complete.
void FileServer::set_attributes(fuse_req_t request, std::uint64_t nodeid, const struct stat &attributes,
                                int to_set) {
    base::Expected<void> done;
    if ((to_set & FUSE_SET_ATTR_SIZE) != 0)
        done = resize(nodeid, static_cast<std::uint64_t>(attributes.st_size));
    else
        done = change_owner_and_mode(nodeid, attributes, to_set);
    if (done && (to_set & FUSE_SET_ATTR_SIZE) != 0 && (to_set & owner_and_mode) != 0)
        done = change_owner_and_mode(nodeid, attributes, to_set);
    if (!done)
        return fail(request, "setattr", done.error());
    if (const auto current = names_.find(nodeid))
        fuse::reply_attributes(request, *current);
    else
        fuse_reply_err(request, ENOENT);
}

} // namespace famfs::server
