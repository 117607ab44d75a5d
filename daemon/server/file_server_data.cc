// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/file_server.h"

#include <algorithm>
#include <bit>
#include <fcntl.h>
#include <memory>

namespace famfs::server {

namespace {

bool wants_to_write(int flags) {
    return (flags & O_ACCMODE) != O_RDONLY;
}

/// What an open of .meta/.status holds: one consistent text. Nothing else has a handle.
const std::string *text_of(const fuse_file_info *file) {
    return std::bit_cast<const std::string *>(file->fh);
}

} // namespace

int FileServer::check_open(std::uint64_t nodeid, int flags) {
    if (!wants_to_write(flags))
        return 0;
    // By number, not by mode: root may write anything, and superblock and log have only one kind of writer.
    if (nodeid < media::first_entry_nodeid) {
        log_.warning(
            "meta",
            "opening a file of .meta for writing refused (EROFS): famfsctl writes superblock and log");
        return EROFS;
    }
    if ((flags & (O_TRUNC | O_APPEND)) != 0 &&
        (making_.creator == nullptr || !making_.creator->pending(nodeid))) {
        log_.warning(
            "size", "opening a file with O_TRUNC or O_APPEND refused (EPERM): a file has the size with which "
                    "it was closed first; write inside it, or make another");
        return EPERM;
    }
    return 0;
}

void FileServer::open_status(fuse_req_t request, fuse_file_info *file) {
    auto text = std::make_unique<std::string>(status_());
    file->fh = std::bit_cast<std::uint64_t>(text.get());
    file->direct_io = 1;
    // A failed reply means that nobody got the handle, so nobody will release it.
    if (fuse_reply_open(request, file) == 0) [[maybe_unused]]
        const auto *handed_out = text.release();
}

// keep_cache with a mapped file: without it the kernel drops the inode's page tables at each open. Without
// the hook the page cache is dropped at each open, which is how a reader gets to see what other hosts wrote.
void FileServer::open(fuse_req_t request, std::uint64_t nodeid, fuse_file_info *file) {
    if (!names_.find(nodeid)) {
        fuse_reply_err(request, ENOENT);
        return;
    }
    if (const int code = check_open(nodeid, file->flags); code != 0) {
        fuse_reply_err(request, code);
        return;
    }
    file->fh = 0;
    if (nodeid == status_nodeid)
        return open_status(request, file);
    file->keep_cache = data_path_.mapped() ? 1 : 0;
    // Asked again, with the file held: another close may have completed it since check_open().
    if (!opened(nodeid, file->flags)) {
        fuse_reply_err(request, EPERM);
        return;
    }
    if (fuse_reply_open(request, file) != 0)
        closed(nodeid, file->flags);
}

void FileServer::read(fuse_req_t request, std::uint64_t nodeid, std::size_t size, std::uint64_t offset,
                      fuse_file_info *file) {
    if (nodeid == status_nodeid) {
        const std::string &text = *text_of(file);
        const std::uint64_t begin = std::min<std::uint64_t>(offset, text.size());
        fuse_reply_buf(request, text.data() + begin, std::min<std::size_t>(size, text.size() - begin));
        return;
    }
    const auto found = names_.file(nodeid);
    if (!found)
        return static_cast<void>(fuse_reply_err(request, ENOENT));
    std::shared_lock<std::shared_mutex> records;
    if (making_.creator != nullptr && names_.was_made_here(nodeid))
        records = making_.creator->hold_records();
    data_path_.read(request, *found, size, offset);
}

void FileServer::write(fuse_req_t request, std::uint64_t nodeid, std::span<const std::byte> bytes,
                       std::uint64_t offset) {
    auto found = names_.file(nodeid);
    if (!found || nodeid < media::first_entry_nodeid)
        return static_cast<void>(fuse_reply_err(request, EROFS));
    const std::uint64_t end = offset + bytes.size();
    if (end > found->size) {
        if (const auto grown = allocate(nodeid, false, end); !grown)
            return fail(request, "write", grown.error());
        found->size = end;
    }
    data_path_.write(request, *found, bytes, offset);
}

void FileServer::release(fuse_req_t request, std::uint64_t nodeid, fuse_file_info *file) {
    delete text_of(file);
    closed(nodeid, file->flags);
    fuse_reply_err(request, 0);
}

void FileServer::synchronize(fuse_req_t request, std::uint64_t nodeid) {
    for (const base::Extent &extent : names_.extents(nodeid))
        if (const auto done = storage_.persist(extent.device, extent.offset, extent.length); !done) {
            log_.warning("fsync" + std::to_string(nodeid), done.error().message());
            return static_cast<void>(fuse_reply_err(request, EIO));
        }
    fuse_reply_err(request, 0);
}

} // namespace famfs::server
