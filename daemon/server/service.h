// SPDX-License-Identifier: GPL-2.0-only
// One file system, mounted and served, from the first open to the last close. The order of things is that of
// docs/architecture.md, "Order of things".
#pragma once

#include "base/error.h"
#include "daemon/device/device.h"
#include "daemon/fuse/connection.h"
#include "daemon/server/file_server.h"
#include "daemon/server/options.h"
#include "daemon/server/status.h"

#include <memory>

namespace famfs::server {

class Service {
public:
    /// Returns when the mount is visible. On failure nothing of it is left.
    static base::Expected<std::unique_ptr<Service>> start(const Options &options);
    Service(const Service &) = delete;
    Service &operator=(const Service &) = delete;
    virtual ~Service() = default;

    /// Readable when somebody has unmounted the file system.
    [[nodiscard]] int ended_fd() const { return connection_->ended_fd(); }
    /// Unmounts if that has not happened, and lets go of everything.
    base::Expected<void> stop();
    /// One line for the log.
    [[nodiscard]] std::string summary() const;

private:
    /// Makes made_files_, or says why there is none.
    std::string start_making(loader::RecordStore &records);

protected:
    explicit Service(Options options) : options_(std::move(options)) {}

    virtual base::Expected<void> bring_up() = 0;
    /// After the mount is gone.
    virtual base::Expected<void> take_down() = 0;
    virtual base::Expected<void> unmount_mount() = 0;

    [[nodiscard]] fuse::MountOptions mount_options() const;
    /// What a data path gives to the server. All outlive the service.
    struct Parts {
        DataPath &data_path;
        loader::RecordStore &records; ///< every file of the log is in it
        std::unique_ptr<Storage> storage;
    };
    /// Makes tree_, made_files_ and server_.
    void make_server(media::FileSystem file_system, Parts parts);
    /// After the mount is gone.
    void finish_files();
    /// Of .meta/.status and .meta/.unpublished.
    [[nodiscard]] std::string text(std::uint64_t nodeid) const;

    Options options_;
    Status status_;
    std::unique_ptr<Tree> tree_;
    std::unique_ptr<Storage> storage_;
    std::unique_ptr<MadeFiles> made_files_; ///< absent: nothing can be made here
    std::unique_ptr<FileServer> server_;
    std::unique_ptr<fuse::Connection> connection_;
};

std::unique_ptr<Service> make_bpf_service(Options options, std::vector<device::Device> devices);
std::unique_ptr<Service> make_daemon_service(Options options, std::vector<device::Device> devices);

/// How many threads answer requests.
unsigned worker_threads();

} // namespace famfs::server
