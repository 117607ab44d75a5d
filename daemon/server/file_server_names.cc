// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/file_server.h"

namespace famfs::server {

namespace {

constexpr std::uint64_t block_size = 4096;
constexpr std::uint64_t no_name_seconds = 24ULL * 60 * 60;

// Directory positions: 0 is ".", 1 is "..", 2 + i is child i; a reply names the position behind the entry.
constexpr std::uint64_t first_child = 2;

} // namespace

void FileServer::lookup(fuse_req_t request, std::uint64_t parent, const char *name) {
    if (const auto attributes = names_.find(parent, name))
        fuse::reply_entry(request, *attributes);
    else
        fuse::reply_no_entry(request, no_name_seconds);
}

void FileServer::get_attributes(fuse_req_t request, std::uint64_t nodeid) {
    if (const auto attributes = names_.find(nodeid))
        fuse::reply_attributes(request, *attributes);
    else
        fuse_reply_err(request, ENOENT);
}

bool FileServer::add_dots(fuse::DirectoryReply &reply, std::uint64_t nodeid, std::uint64_t offset) const {
    if (offset == 0 && !reply.add_dots(".", nodeid, 1))
        return false;
    return offset > 1 || reply.add_dots("..", names_.parent(nodeid), first_child);
}

void FileServer::read_directory(fuse_req_t request, std::uint64_t nodeid, std::size_t size,
                                std::uint64_t offset, bool plus) {
    if (!names_.is_directory(nodeid)) {
        fuse_reply_err(request, ENOTDIR);
        return;
    }
    fuse::DirectoryReply reply(size, plus);
    if (add_dots(reply, nodeid, offset))
        names_.children(nodeid, offset < first_child ? 0 : offset - first_child,
                        [&reply](std::uint64_t position, const Child &child) {
                            return reply.add(child.name, child.attributes, first_child + position + 1);
                        });
    reply.send(request);
}

void FileServer::file_system_status(fuse_req_t request) {
    const media::Usage &usage = names_.file_system().usage();
    Creator::State now{.free_bytes = usage.capacity - usage.used,
                       .free_slots = usage.log_slots - usage.log_used};
    if (making_.creator != nullptr)
        now = making_.creator->state();
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

} // namespace famfs::server
