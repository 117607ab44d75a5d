// SPDX-License-Identifier: GPL-2.0-only
// libfuse's callbacks: unpack, call the handler, nothing else.
#include "daemon/fuse/handler_slot.h"

#include <sys/stat.h>

namespace famfs::fuse {

namespace {

// Sizes change only with the kernel's knowledge, so nothing that it does on account of a changed mtime or
// mode is wanted: it would only drop page tables. Splicing needs a pipe per thread and saves nothing here:
// data are copied from the device's mapping. With export support the kernel asks for nodeids that it has
// forgotten (open_by_handle_at, NFS) by looking up ".". O_TRUNC comes as a size of its own (SETATTR): for that
// the kernel waits until no page of the file is on its way to the server; a page that came after an open that
// had cut the file made it long again, and the kernel did not know.
void on_init(void *, fuse_conn_info *connection) {
    connection->want &=
        ~static_cast<unsigned>(FUSE_CAP_AUTO_INVAL_DATA | FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE |
                               FUSE_CAP_SPLICE_MOVE | FUSE_CAP_HANDLE_KILLPRIV | FUSE_CAP_ATOMIC_O_TRUNC);
    connection->want |= connection->capable & FUSE_CAP_EXPORT_SUPPORT;
}

void on_lookup(fuse_req_t request, fuse_ino_t parent, const char *name) {
    handler_of(request).lookup(request, parent, name);
}

void on_forget(fuse_req_t request, fuse_ino_t nodeid, std::uint64_t count) {
    handler_of(request).forget(nodeid, count);
    fuse_reply_none(request);
}

void on_forget_multi(fuse_req_t request, std::size_t count, fuse_forget_data *forgets) {
    for (const fuse_forget_data &forget : std::span(forgets, count))
        handler_of(request).forget(forget.ino, forget.nlookup);
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

void on_fsyncdir(fuse_req_t request, fuse_ino_t nodeid, int, fuse_file_info *) {
    handler_of(request).synchronize_directory(request, nodeid);
}

void on_ioctl(fuse_req_t request, fuse_ino_t nodeid, unsigned number, void *, fuse_file_info *, unsigned,
              const void *argument, std::size_t argument_size, std::size_t answer_size) {
    handler_of(request).control(request, nodeid, number,
                                {static_cast<const std::byte *>(argument), argument_size}, answer_size);
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

void on_rmdir(fuse_req_t request, fuse_ino_t parent, const char *name) {
    handler_of(request).remove_directory(request, parent, name);
}

void on_symlink(fuse_req_t request, const char *, fuse_ino_t, const char *) {
    handler_of(request).change_names(request, "symlink");
}

void on_rename(fuse_req_t request, fuse_ino_t parent, const char *name, fuse_ino_t new_parent,
               const char *new_name, unsigned flags) {
    handler_of(request).rename(request, parent, name, new_parent, new_name, flags);
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
    table.fsyncdir = on_fsyncdir;
    table.ioctl = on_ioctl;
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
