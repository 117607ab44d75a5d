// SPDX-License-Identifier: GPL-2.0-only
// What answers the requests of one FUSE connection. Requests that are not here get ENOSYS from libfuse, which
// the kernel remembers or turns into its own default (flush, xattr, fallocate, lseek, ioctl).
#pragma once

#include <cstdint>
#include <fuse3/fuse_lowlevel.h>
#include <span>

namespace famfs::fuse {

/// Called from several worker threads at once. Each call answers its request exactly once (fuse_reply_*,
/// reply.h).
class Handler {
public:
    virtual ~Handler() = default;

    virtual void lookup(fuse_req_t request, std::uint64_t parent, const char *name) = 0;
    virtual void get_attributes(fuse_req_t request, std::uint64_t nodeid) = 0;
    virtual void open(fuse_req_t request, std::uint64_t nodeid, fuse_file_info *file) = 0;
    virtual void read(fuse_req_t request, std::uint64_t nodeid, std::size_t size, std::uint64_t offset,
                      fuse_file_info *file);
    virtual void write(fuse_req_t request, std::uint64_t nodeid, std::span<const std::byte> bytes,
                       std::uint64_t offset);
    virtual void release(fuse_req_t request, std::uint64_t nodeid, fuse_file_info *file);
    virtual void synchronize(fuse_req_t request, std::uint64_t nodeid);
    virtual void synchronize_directory(fuse_req_t request, std::uint64_t nodeid);
    /// syncfs(2) and sync(2). 0 or an errno; the caller answers, for libfuse has no request for it. Never ENOSYS: the
    /// kernel would not ask the connection's next handler either, and sync(2) reaches a mount that is private still.
    virtual int synchronize_file_system();
    /// ioctl(2) whose number says what goes in and out; @answer_size: room for the answer.
    virtual void control(fuse_req_t request, std::uint64_t nodeid, unsigned number,
                         std::span<const std::byte> argument, std::size_t answer_size);
    /// @plus: the kernel wants attributes with each name, and counts each as a lookup.
    virtual void read_directory(fuse_req_t request, std::uint64_t nodeid, std::size_t size,
                                std::uint64_t offset, bool plus);
    virtual void file_system_status(fuse_req_t request);
    /// @to_set: FUSE_SET_ATTR_* bits.
    virtual void set_attributes(fuse_req_t request, std::uint64_t nodeid, const struct stat &attributes,
                                int to_set);
    /// fallocate(2).
    virtual void allocate(fuse_req_t request, std::uint64_t nodeid, int mode, std::uint64_t offset,
                          std::uint64_t length);
    /// A regular file, and opens it. Answered with reply_create().
    virtual void create(fuse_req_t request, std::uint64_t parent, const char *name, mode_t mode,
                        fuse_file_info *file);
    /// A regular file.
    virtual void make_file(fuse_req_t request, std::uint64_t parent, const char *name, mode_t mode);
    virtual void make_directory(fuse_req_t request, std::uint64_t parent, const char *name, mode_t mode);
    virtual void unlink(fuse_req_t request, std::uint64_t parent, const char *name);
    virtual void remove_directory(fuse_req_t request, std::uint64_t parent, const char *name);
    /// @flags: RENAME_* of renameat2(2).
    virtual void rename(fuse_req_t request, std::uint64_t parent, const char *name, std::uint64_t new_parent,
                        const char *new_name, unsigned flags);
    /// Any other request that would change the names: @operation is "link", "symlink", ...
    virtual void change_names(fuse_req_t request, const char *operation);
    /// The kernel takes back @count look-ups; with all of them, it has no inode of it any more. Not answered.
    virtual void forget(std::uint64_t nodeid, std::uint64_t count);
};

/// libfuse's table of functions, each of which calls the handler. The session's userdata is a HandlerSlot.
const fuse_lowlevel_ops &operations();

} // namespace famfs::fuse
