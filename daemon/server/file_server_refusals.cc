// SPDX-License-Identifier: GPL-2.0-only
// What a famfs cannot do through the mount, each said once in the log.
#include "daemon/server/file_server.h"

#include <sys/stat.h>

namespace famfs::server {

void FileServer::refuse(fuse_req_t request, int code, const std::string &what) {
    log_.warning(
        what, what + " refused (" + strerrorname_np(code) +
                  "): names, sizes, owners and modes are those of the log, which famfsctl writes; the same "
                  "request is refused without a message from now on");
    fuse_reply_err(request, code);
}

// Setting the size that a file has changes nothing, and programs that prepare their files do it.
void FileServer::set_attributes(fuse_req_t request, std::uint64_t nodeid, const struct stat &attributes,
                                int to_set) {
    const auto current = names_.find(nodeid);
    if (!current)
        fuse_reply_err(request, ENOENT);
    else if ((to_set & FUSE_SET_ATTR_SIZE) == 0)
        refuse(request, EROFS, "changing a mode, an owner or a time");
    else if (static_cast<std::uint64_t>(attributes.st_size) == current->size)
        fuse::reply_attributes(request, *current);
    else
        refuse(request, EPERM, "changing a size");
}

void FileServer::change_names(fuse_req_t request, const char *operation) {
    refuse(request, EROFS, operation);
}

} // namespace famfs::server
