// SPDX-License-Identifier: GPL-2.0-only
// Answers the requests of the visible mount.
#pragma once

#include "daemon/fuse/handler.h"
#include "daemon/server/data_path.h"
#include "daemon/server/log.h"
#include "daemon/server/namespace.h"

#include <functional>
#include <string>

namespace famfs::server {

class FileServer : public fuse::Handler {
public:
    /// @status: the content of .meta/.status, made anew at each open; any thread. All three outlive the
    /// server.
    FileServer(const Namespace &names, DataPath &data_path, std::function<std::string()> status)
        : names_(names), data_path_(data_path), status_(std::move(status)) {}

    // file_server_names.cc
    void lookup(fuse_req_t request, std::uint64_t parent, const char *name) override;
    void get_attributes(fuse_req_t request, std::uint64_t nodeid) override;
    void read_directory(fuse_req_t request, std::uint64_t nodeid, std::size_t size, std::uint64_t offset,
                        bool plus) override;
    void file_system_status(fuse_req_t request) override;

    // file_server_data.cc
    void open(fuse_req_t request, std::uint64_t nodeid, fuse_file_info *file) override;
    void read(fuse_req_t request, std::uint64_t nodeid, std::size_t size, std::uint64_t offset,
              fuse_file_info *file) override;
    void write(fuse_req_t request, std::uint64_t nodeid, std::span<const std::byte> bytes,
               std::uint64_t offset) override;
    void release(fuse_req_t request, fuse_file_info *file) override;
    void synchronize(fuse_req_t request, std::uint64_t nodeid) override;

    // file_server_refusals.cc
    void set_attributes(fuse_req_t request, std::uint64_t nodeid, const struct stat &attributes,
                        int to_set) override;
    void change_names(fuse_req_t request, const char *operation) override;

private:
    void refuse(fuse_req_t request, int code, const std::string &what);
    void open_status(fuse_req_t request, fuse_file_info *file);
    /// 0, or why a regular file may not be opened like that.
    int check_open(std::uint64_t nodeid, int flags);
    bool add_dots(fuse::DirectoryReply &reply, std::uint64_t nodeid, std::uint64_t offset) const;

    const Namespace &names_;
    DataPath &data_path_;
    std::function<std::string()> status_;
    LogOnce log_;
};

} // namespace famfs::server
