// SPDX-License-Identifier: GPL-2.0-only
// Answers the requests of the visible mount.
#pragma once

#include "daemon/fuse/handler.h"
#include "daemon/server/creator.h"
#include "daemon/server/data_path.h"
#include "daemon/server/log.h"
#include "daemon/server/namespace.h"
#include "daemon/server/storage.h"

#include <functional>
#include <string>

namespace famfs::server {

/// Who makes files, if anybody does.
struct Making {
    Creator *creator = nullptr;
    std::string why_not; ///< if there is none
};

class FileServer : public fuse::Handler {
public:
    /// @status: the content of .meta/.status, made anew at each open; any thread. All outlive the server.
    FileServer(const Namespace &names, DataPath &data_path, Storage &storage, Making making,
               std::function<std::string()> status)
        : names_(names), data_path_(data_path), storage_(storage), making_(std::move(making)),
          status_(std::move(status)) {}

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
    void release(fuse_req_t request, std::uint64_t nodeid, fuse_file_info *file) override;
    void synchronize(fuse_req_t request, std::uint64_t nodeid) override;

    // file_server_making.cc
    void create(fuse_req_t request, std::uint64_t parent, const char *name, mode_t mode,
                fuse_file_info *file) override;
    void make_file(fuse_req_t request, std::uint64_t parent, const char *name, mode_t mode) override;
    void make_directory(fuse_req_t request, std::uint64_t parent, const char *name, mode_t mode) override;
    void unlink(fuse_req_t request, std::uint64_t parent, const char *name) override;
    void allocate(fuse_req_t request, std::uint64_t nodeid, int mode, std::uint64_t offset,
                  std::uint64_t length) override;
    void set_attributes(fuse_req_t request, std::uint64_t nodeid, const struct stat &attributes,
                        int to_set) override;
    void forget(std::uint64_t nodeid) override;

    // file_server_refusals.cc
    void change_names(fuse_req_t request, const char *operation) override;

private:
    /// Logs @what once and answers @code.
    void refuse(fuse_req_t request, int code, const std::string &what, const std::string &why);
    /// Answers with the error, which is logged once for each @what.
    void fail(fuse_req_t request, const char *what, const base::Error &error);
    /// False, and answered: nothing can be made here.
    bool can_make(fuse_req_t request, const char *operation);
    base::Expected<void> resize(std::uint64_t nodeid, std::uint64_t size);
    base::Expected<void> change_owner_and_mode(std::uint64_t nodeid, const struct stat &attributes,
                                               int to_set);
    base::Expected<void> allocate(std::uint64_t nodeid, bool keep_size, std::uint64_t end);
    void open_status(fuse_req_t request, fuse_file_info *file);
    /// False: not with these flags (Creator::opened()).
    bool opened(std::uint64_t nodeid, int flags);
    void closed(std::uint64_t nodeid, int flags);
    /// 0, or why a regular file may not be opened like that.
    int check_open(std::uint64_t nodeid, int flags);
    bool add_dots(fuse::DirectoryReply &reply, std::uint64_t nodeid, std::uint64_t offset) const;

    const Namespace &names_;
    DataPath &data_path_;
    Storage &storage_;
    Making making_;
    std::function<std::string()> status_;
    LogOnce log_;
};

} // namespace famfs::server
