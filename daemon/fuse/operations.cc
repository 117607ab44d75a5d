// SPDX-License-Identifier: GPL-2.0-only
// libfuse's callbacks: unpack, call the handler, nothing else.
#include "daemon/fuse/handler_slot.h"

#include <sys/stat.h>

namespace famfs::fuse {

namespace {

// Attributes are constant, so nothing the kernel does on account of a changed mtime or mode is wanted: it
// would only drop page tables. Splicing needs a pipe per thread and saves nothing here: data are copied from
// the device's mapping.
void on_init(void *, fuse_conn_info *connection) {
    connection->want &=
        ~static_cast<unsigned>(FUSE_CAP_AUTO_INVAL_DATA | FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE |
                               FUSE_CAP_SPLICE_MOVE | FUSE_CAP_HANDLE_KILLPRIV);
}

void on_lookup(fuse_req_t request, fuse_ino_t parent, const char *name) {
    handler_of(request).lookup(request, parent, name);
}

// Lookups need not be counted: the kernel forgets all of them at once, when it drops the inode.
void on_forget(fuse_req_t request, fuse_ino_t nodeid, std::uint64_t) {
    handler_of(request).forget(nodeid);
    fuse_reply_none(request);
}

void on_forget_multi(fuse_req_t request, std::size_t count, fuse_forget_data *forgets) {
    for (const fuse_forget_data &forget : std::span(forgets, count))
        handler_of(request).forget(forget.ino);
    fuse_reply_none(request);
}

void on_getattr(fuse_req_t request, fuse_ino_t nodeid, fuse_file_info *) {
    handler_of(request).get_attributes(request, nodeid);
}

void on_setattr(fuse_req_t request, fuse_ino_t nodeid, struct stat *attributes, int to_set,
                fuse_file_info *) {
    handler_of(request).set_attributes(request, nodeid, *attributes, to_set);
}

void on_open(fuse_req_t request, fuse_ino_t nodeid, fuse_file_info *file) {
    handler_of(request).open(request, nodeid, file);
}

void on_read(fuse_req_t request, fuse_ino_t nodeid, std::size_t size, off_t offset, fuse_file_info *file) {
    handler_of(request).read(request, nodeid, size, static_cast<std::uint64_t>(offset), file);
}

void on_write(fuse_req_t request, fuse_ino_t nodeid, const char *bytes, std::size_t size, off_t offset,
              fuse_file_info *) {
    handler_of(request).write(request, nodeid, std::as_bytes(std::span(bytes, size)),
                              static_cast<std::uint64_t>(offset));
}

void on_release(fuse_req_t request, fuse_ino_t nodeid, fuse_file_info *file) {
    handler_of(request).release(request, nodeid, file);
}

void on_fallocate(fuse_req_t request, fuse_ino_t nodeid, int mode, off_t offset, off_t length,
                  fuse_file_info *) {
    handler_of(request).allocate(request, nodeid, mode, static_cast<std::uint64_t>(offset),
                                 static_cast<std::uint64_t>(length));
}

void on_fsync(fuse_req_t request, fuse_ino_t nodeid, int, fuse_file_info *) {
    handler_of(request).synchronize(request, nodeid);
}

void on_readdir(fuse_req_t request, fuse_ino_t nodeid, std::size_t size, off_t offset, fuse_file_info *) {
    handler_of(request).read_directory(request, nodeid, size, static_cast<std::uint64_t>(offset), false);
}

void on_readdirplus(fuse_req_t request, fuse_ino_t nodeid, std::size_t size, off_t offset, fuse_file_info *) {
    handler_of(request).read_directory(request, nodeid, size, static_cast<std::uint64_t>(offset), true);
}

void on_statfs(fuse_req_t request, fuse_ino_t) {
    handler_of(request).file_system_status(request);
}

void on_create(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode, fuse_file_info *file) {
    handler_of(request).create(request, parent, name, mode, file);
}

void on_mknod(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode, dev_t) {
    if (S_ISREG(mode))
        handler_of(request).make_file(request, parent, name, mode);
    else
        handler_of(request).change_names(request, "mknod of a special file");
}

void on_mkdir(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode) {
    handler_of(request).make_directory(request, parent, name, mode);
}

void on_unlink(fuse_req_t request, fuse_ino_t parent, const char *name) {
    handler_of(request).unlink(request, parent, name);
}

void on_rmdir(fuse_req_t request, fuse_ino_t, const char *) {
    handler_of(request).change_names(request, "rmdir");
}

void on_symlink(fuse_req_t request, const char *, fuse_ino_t, const char *) {
    handler_of(request).change_names(request, "symlink");
}

void on_rename(fuse_req_t request, fuse_ino_t, const char *, fuse_ino_t, const char *, unsigned int) {
    handler_of(request).change_names(request, "rename");
}

void on_link(fuse_req_t request, fuse_ino_t, fuse_ino_t, const char *) {
    handler_of(request).change_names(request, "link");
}

fuse_lowlevel_ops make_operations() {
    fuse_lowlevel_ops table{};
    table.init = on_init;
    table.lookup = on_lookup;
    table.forget = on_forget;
    table.forget_multi = on_forget_multi;
    table.getattr = on_getattr;
    table.setattr = on_setattr;
    table.open = on_open;
    table.read = on_read;
    table.write = on_write;
    table.release = on_release;
    table.fsync = on_fsync;
    table.fallocate = on_fallocate;
    table.readdir = on_readdir;
    table.readdirplus = on_readdirplus;
    table.statfs = on_statfs;
    table.create = on_create;
    table.mknod = on_mknod;
    table.mkdir = on_mkdir;
    table.unlink = on_unlink;
    table.rmdir = on_rmdir;
    table.symlink = on_symlink;
    table.rename = on_rename;
    table.link = on_link;
    return table;
}

} // namespace

const fuse_lowlevel_ops &operations() {
    static const fuse_lowlevel_ops table = make_operations();
    return table;
}

} // namespace famfs::fuse
