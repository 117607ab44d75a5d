// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/fuse/handler.h"

#include <cerrno>

namespace famfs::fuse {

void Handler::read(fuse_req_t request, std::uint64_t, std::size_t, std::uint64_t, fuse_file_info *) {
    fuse_reply_err(request, ENOSYS);
}

void Handler::write(fuse_req_t request, std::uint64_t, std::span<const std::byte>, std::uint64_t) {
    fuse_reply_err(request, ENOSYS);
}

void Handler::release(fuse_req_t request, std::uint64_t, fuse_file_info *) {
    fuse_reply_err(request, 0);
}

void Handler::synchronize(fuse_req_t request, std::uint64_t) {
    fuse_reply_err(request, 0);
}

void Handler::synchronize_directory(fuse_req_t request, std::uint64_t) {
    fuse_reply_err(request, 0);
}

int Handler::synchronize_file_system() {
    return 0;
}

void Handler::control(fuse_req_t request, std::uint64_t, unsigned, std::span<const std::byte>, std::size_t) {
    fuse_reply_err(request, ENOTTY);
}

void Handler::read_directory(fuse_req_t request, std::uint64_t, std::size_t, std::uint64_t, bool) {
    fuse_reply_err(request, ENOSYS);
}

void Handler::file_system_status(fuse_req_t request) {
    fuse_reply_err(request, ENOSYS);
}

void Handler::set_attributes(fuse_req_t request, std::uint64_t, const struct stat &, int) {
    fuse_reply_err(request, EROFS);
}

void Handler::allocate(fuse_req_t request, std::uint64_t, int, std::uint64_t, std::uint64_t) {
    fuse_reply_err(request, ENOSYS);
}

void Handler::create(fuse_req_t request, std::uint64_t, const char *, mode_t, fuse_file_info *) {
    change_names(request, "create");
}

void Handler::make_file(fuse_req_t request, std::uint64_t, const char *, mode_t) {
    change_names(request, "mknod");
}

void Handler::make_directory(fuse_req_t request, std::uint64_t, const char *, mode_t) {
    change_names(request, "mkdir");
}

void Handler::unlink(fuse_req_t request, std::uint64_t, const char *) {
    change_names(request, "unlink");
}

void Handler::remove_directory(fuse_req_t request, std::uint64_t, const char *) {
    change_names(request, "rmdir");
}

void Handler::rename(fuse_req_t request, std::uint64_t, const char *, std::uint64_t, const char *, unsigned) {
    change_names(request, "rename");
}

void Handler::change_names(fuse_req_t request, const char *) {
    fuse_reply_err(request, EROFS);
}

void Handler::forget(std::uint64_t, std::uint64_t) {}

} // namespace famfs::fuse
