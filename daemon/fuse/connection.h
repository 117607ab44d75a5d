// SPDX-License-Identifier: GPL-2.0-only
// A served FUSE connection: libfuse's session over a /dev/fuse descriptor, and the threads that answer.
#pragma once

#include "base/error.h"
#include "base/fd.h"
#include "daemon/fuse/detached_mount.h"
#include "daemon/fuse/handler.h"

#include <memory>
#include <string>

namespace famfs::fuse {

/// The threads run from construction to destruction: as many as are given, and more while those are all at
/// work. One thread owns the object.
class Connection {
public:
    /// Over a descriptor that is mounted already. @handler must outlive the connection.
    static base::Expected<Connection> serve(base::Fd fuse_fd, Handler &handler, unsigned threads);
    /// As an ordinary user, with fusermount3: mounts and answers at once.
    static base::Expected<Connection> mount_with_helper(const std::string &mountpoint,
                                                        const MountOptions &options, Handler &handler,
                                                        unsigned threads);

    /// New requests go to @next; calls under way still run in the old one, so both must outlive the
    /// connection.
    void hand_over(Handler &next);
    /// Borrowed.
    [[nodiscard]] int fuse_fd() const;
    /// Readable as soon as the kernel has ended the connection: the last mount of it is gone, or it was
    /// aborted.
    [[nodiscard]] int ended_fd() const;
    [[nodiscard]] bool ended() const;
    /// Ends the threads: a request that comes in waits until the connection is gone, and then fails.
    void stop_answering();
    /// The counterpart of mount_with_helper(). Ends the threads.
    void unmount_with_helper();

    Connection(Connection &&) noexcept;
    Connection &operator=(Connection &&) noexcept;
    ~Connection();

private:
    struct Parts;
    explicit Connection(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

} // namespace famfs::fuse
