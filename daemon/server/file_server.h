// SPDX-License-Identifier: GPL-2.0-only
// Answers the requests of the visible mount.
#pragma once

#include "daemon/fuse/handler.h"
#include "daemon/server/backend.h"
#include "daemon/server/files/made_files.h"
#include "daemon/server/files/tree.h"
#include "daemon/server/files/warnings.h"
#include "daemon/server/files/written_files.h"

#include <functional>
#include <string>

namespace famfs::server {

/// Who makes files, if anybody does.
struct Making {
    MadeFiles *files = nullptr;
    std::string why_not; ///< if there is none
};

/// Content of a virtual file of .meta, made anew at each open; any thread.
using VirtualText = std::function<std::string(std::uint64_t nodeid)>;

class FileServer : public fuse::Handler {
public:
    /// All outlive the server.
    FileServer(Tree &tree, Backend &backend, Making making, VirtualText text)
        : tree_(tree), backend_(backend), making_(std::move(making)), text_(std::move(text)) {}

    // Names.
    void lookup(fuse_req_t request, std::uint64_t parent, const char *name) override;
    void forget(std::uint64_t nodeid, std::uint64_t count) override;
    void read_directory(fuse_req_t request, std::uint64_t nodeid, std::size_t size, std::uint64_t offset,
                        bool plus) override;
    void create(fuse_req_t request, std::uint64_t parent, const char *name, mode_t mode,
                fuse_file_info *file) override;
    void make_file(fuse_req_t request, std::uint64_t parent, const char *name, mode_t mode) override;
    void make_directory(fuse_req_t request, std::uint64_t parent, const char *name, mode_t mode) override;
    void unlink(fuse_req_t request, std::uint64_t parent, const char *name) override;
    void remove_directory(fuse_req_t request, std::uint64_t parent, const char *name) override;
    void rename(fuse_req_t request, std::uint64_t parent, const char *name, std::uint64_t new_parent,
                const char *new_name, unsigned flags) override;
    void change_names(fuse_req_t request, const char *operation) override;

    // Attributes.
    void get_attributes(fuse_req_t request, std::uint64_t nodeid) override;
    void set_attributes(fuse_req_t request, std::uint64_t nodeid, const struct stat &attributes,
                        int to_set) override;
    void file_system_status(fuse_req_t request) override;

    // Data.
    void open(fuse_req_t request, std::uint64_t nodeid, fuse_file_info *file) override;
    void read(fuse_req_t request, std::uint64_t nodeid, std::size_t size, std::uint64_t offset,
              fuse_file_info *file) override;
    void write(fuse_req_t request, std::uint64_t nodeid, std::span<const std::byte> bytes,
               std::uint64_t offset) override;
    void allocate(fuse_req_t request, std::uint64_t nodeid, int mode, std::uint64_t offset,
                  std::uint64_t length) override;
    void release(fuse_req_t request, std::uint64_t nodeid, fuse_file_info *file) override;

    // Publication.
    void synchronize(fuse_req_t request, std::uint64_t nodeid) override;
    void synchronize_directory(fuse_req_t request, std::uint64_t nodeid) override;
    int synchronize_file_system() override;
    void control(fuse_req_t request, std::uint64_t nodeid, unsigned number,
                 std::span<const std::byte> argument, std::size_t answer_size) override;

private:
    /// Answers 0, or the error, which is logged.
    void answer(fuse_req_t request, const char *what, const base::Expected<void> &done);
    void fail(fuse_req_t request, const char *what, const base::Error &error);
    /// An entry that the kernel may not take after all.
    void answer_entry(fuse_req_t request, const char *what, const base::Expected<fuse::Attributes> &made);
    /// False, and answered: nothing can be made here.
    bool can_make(fuse_req_t request, const char *operation);
    bool add_dots(fuse::DirectoryReply &reply, std::uint64_t nodeid, std::uint64_t offset) const;
    base::Expected<void> resize(std::uint64_t nodeid, std::uint64_t size);
    base::Expected<void> allocate(std::uint64_t nodeid, bool keep_size, std::uint64_t end);
    base::Expected<void> opened(std::uint64_t nodeid, int flags);
    void closed(std::uint64_t nodeid, int flags);
    void open_virtual(fuse_req_t request, std::uint64_t nodeid, fuse_file_info *file);
    base::Expected<void> write_back(std::uint64_t nodeid);
    base::Expected<void> write_back_written();
    base::Expected<void> publish(const Selection &selection);

    Tree &tree_;
    Backend &backend_;
    Making making_;
    VirtualText text_;
    WrittenFiles written_;
    Warnings warnings_;
};

} // namespace famfs::server
