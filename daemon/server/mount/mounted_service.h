// SPDX-License-Identifier: GPL-2.0-only
// One file system, mounted and served, to its last close. Who brings it up: start_mount.h.
#pragma once

#include "base/error.h"
#include "daemon/server/backend.h"
#include "daemon/server/file_server.h"
#include "daemon/server/mount/fuse_mount.h"
#include "daemon/server/mount/mount_request.h"

#include <memory>
#include <string>

namespace famfs::server {

class MountedService {
public:
    MountedService(MountRequest request, std::unique_ptr<Backend> backend);
    MountedService(const MountedService &) = delete;
    MountedService &operator=(const MountedService &) = delete;
    /// A mount that did not come up leaves nothing.
    ~MountedService();

    // The parts of it, in whatever order a mount needs them.

    /// What serves the files: they have their records already.
    void make_server(media::FileSystem file_system);
    [[nodiscard]] fuse::Handler &server() { return *server_; }
    /// A mount in nobody's tree, which @first answers.
    base::Expected<void> make_detached_mount(fuse::Handler &first);
    [[nodiscard]] FuseMount &mount() { return *mount_; }
    /// Visible from here on.
    base::Expected<void> attach() { return mount_->attach(request_.mountpoint); }
    /// By fusermount3, visible at once.
    base::Expected<void> mount_with_helper();

    // Once it is visible.

    /// Readable when somebody has unmounted the file system.
    [[nodiscard]] int ended_fd() const { return mount_->ended_fd(); }
    /// Unmounts if that has not happened, publishes or discards what is not published, and lets go of
    /// everything.
    base::Expected<void> stop();
    /// One line for the log.
    [[nodiscard]] std::string summary() const;

private:
    /// Makes made_files_, or says why there is none.
    std::string start_making();
    [[nodiscard]] fuse::MountOptions mount_options() const;
    /// Of .meta/.status and .meta/.unpublished.
    [[nodiscard]] std::string text(std::uint64_t nodeid) const;

    const MountRequest request_;
    const std::unique_ptr<Backend> backend_;
    std::unique_ptr<Tree> tree_;
    std::unique_ptr<MadeFiles> made_files_; ///< absent: nothing can be made here
    std::string no_new_files_;              ///< then why
    std::unique_ptr<FileServer> server_;
    std::unique_ptr<FuseMount> mount_; ///< goes before what its threads use
};

} // namespace famfs::server
