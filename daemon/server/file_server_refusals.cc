// SPDX-License-Identifier: GPL-2.0-only
// What a famfs cannot do through the mount, each said once in the log.
#include "daemon/server/file_server.h"

namespace famfs::server {

namespace {

constexpr const char *only_grows =
    "the log only grows: what it has named keeps name, size, owner and mode, and is never removed";

} // namespace

void FileServer::refuse(fuse_req_t request, int code, const std::string &what, const std::string &why) {
    log_.warning(what, what + " refused (" + strerrorname_np(code) + "): " + why +
                           "; the same request is refused without a message from now on");
    fuse_reply_err(request, code);
}

void FileServer::fail(fuse_req_t request, const char *what, const base::Error &error) {
    log_.warning(what + std::to_string(error.code), error.message());
    fuse_reply_err(request, error.code);
}

bool FileServer::can_make(fuse_req_t request, const char *operation) {
    if (making_.creator != nullptr)
        return true;
    refuse(request, EROFS, operation, making_.why_not);
    return false;
}

void FileServer::change_names(fuse_req_t request, const char *operation) {
    if (can_make(request, operation))
        refuse(request, EPERM, operation, only_grows);
}

} // namespace famfs::server
