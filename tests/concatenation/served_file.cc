// SPDX-License-Identifier: GPL-2.0-only
#include "tests/concatenation/served_file.h"

#include "bpf/hook.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <linux/fuse.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

namespace concatenation {
namespace {

constexpr const char *name_of_file = "data";
constexpr std::uint64_t valid_seconds = 3600;

const ServedFile &served(fuse_req_t request) {
    return *static_cast<const ServedFile *>(fuse_req_userdata(request));
}

fuse_attr attributes(fuse_req_t request, fuse_ino_t node) {
    fuse_attr raw{};
    raw.ino = node;
    raw.blksize = 4096;
    raw.mode = S_IFDIR | 0755;
    raw.nlink = 2;
    if (node == CONCATENATION_NODE) {
        raw.mode = S_IFREG | 0644;
        raw.nlink = 1;
        raw.size = served(request).layout.size;
        raw.blocks = raw.size / 512;
        raw.flags = FUSE_ATTR_IOMAP;
    }
    return raw;
}

// libfuse builds these replies from a struct stat, which has no place for FUSE_ATTR_IOMAP.
template <class T>
void reply(fuse_req_t request, const T &raw) {
    fuse_reply_buf(request, reinterpret_cast<const char *>(&raw), sizeof(raw));
}

void look_up(fuse_req_t request, fuse_ino_t, const char *name) {
    if (std::strcmp(name, name_of_file) != 0) {
        fuse_reply_err(request, ENOENT);
        return;
    }
    fuse_entry_out raw{};
    raw.nodeid = CONCATENATION_NODE;
    raw.entry_valid = raw.attr_valid = valid_seconds;
    raw.attr = attributes(request, CONCATENATION_NODE);
    reply(request, raw);
}

void get_attributes(fuse_req_t request, fuse_ino_t node, fuse_file_info *) {
    fuse_attr_out raw{};
    raw.attr_valid = valid_seconds;
    raw.attr = attributes(request, node);
    reply(request, raw);
}

// The size is that of the devices; for the rest there is no place to keep it.
void refuse_attributes(fuse_req_t request, fuse_ino_t, struct stat *, int, fuse_file_info *) {
    fuse_reply_err(request, EPERM);
}

void read_directory(fuse_req_t request, fuse_ino_t, std::size_t size, off_t offset, fuse_file_info *) {
    std::array<char, 64> entry{};
    struct stat status{};
    status.st_ino = CONCATENATION_NODE;
    status.st_mode = S_IFREG;
    const std::size_t bytes =
        offset == 0 ? fuse_add_direntry(request, entry.data(), entry.size(), name_of_file, &status, 1) : 0;
    fuse_reply_buf(request, entry.data(), bytes <= size ? bytes : 0);
}

// fsdev_dax has nothing for the kernel to write back to, so fsync(2) would leave bytes in the caches.
void synchronize(fuse_req_t request, fuse_ino_t, int, fuse_file_info *) {
    const ServedFile &file = served(request);
    int error = 0;
    for (__u32 i = 0; i < file.layout.devices && error == 0; i++) {
        const fuse_iomap_write whole = {.dev = file.layout.device[i].cookie,
                                        .flags = FUSE_IOMAP_WRITE_BACK,
                                        .offset = 0,
                                        .length = file.layout.device[i].length,
                                        .buffer = 0};
        error = ::ioctl(file.fuse_fd, FUSE_DEV_IOC_IOMAP_WRITE, &whole) == 0 ? 0 : errno;
    }
    fuse_reply_err(request, error);
}

} // namespace

const fuse_lowlevel_ops &operations() {
    static const fuse_lowlevel_ops all = [] {
        fuse_lowlevel_ops ops{};
        ops.lookup = look_up;
        ops.getattr = get_attributes;
        ops.setattr = refuse_attributes;
        ops.readdir = read_directory;
        ops.fsync = synchronize;
        return ops;
    }();
    return all;
}

} // namespace concatenation
