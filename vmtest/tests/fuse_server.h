// SPDX-License-Identifier: GPL-2.0-only
// A FUSE server of the tests' own, straight on /dev/fuse: files "f2", "f3", ... with the nodeid in the name,
// and whatever attributes the test asks for. It runs in a process of its own, so that it can be killed.
#pragma once

#include "base/fd.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <sys/types.h>

namespace famfs::vmtest {

inline constexpr std::uint64_t first_file = 2;
inline constexpr std::size_t file_limit = 16384;

/// What a file looks like. The test changes it while the server runs.
struct FileAttributes {
    std::atomic<bool> present;
    std::atomic<std::uint64_t> size;
    std::atomic<std::uint32_t> mode;       ///< permissions
    std::atomic<std::uint32_t> flags;      ///< fuse_attr.flags
    std::atomic<std::uint32_t> open_flags; ///< FOPEN_
    std::atomic<std::uint32_t> mtime;
    /// Where byte 0 of it is, so that the server can zero what it gives; cookie 0: it does not.
    std::atomic<std::uint32_t> device;
    std::atomic<std::uint64_t> address;
};

/// What the server says when it is asked for space, and what it was asked for last.
struct SpacePolicy {
    std::atomic<int> fallocate_error; ///< an errno, or 0: given
    std::atomic<int> truncate_error;  ///< the same for a new size
    std::atomic<bool> hold;           ///< no answer to FUSE_FALLOCATE while this is set
    std::atomic<std::uint64_t> offset;
    std::atomic<std::uint64_t> length;
    std::atomic<std::uint32_t> mode;
};

/// In memory that test and server share.
struct ServerState {
    std::array<FileAttributes, file_limit> files;
    std::array<std::atomic<std::uint64_t>, 64> requests; ///< by opcode
    SpacePolicy space;
    std::atomic<int> syncfs_error;            ///< the answer to FUSE_SYNCFS
    std::atomic<std::uint32_t> valid_seconds; ///< of attributes and names
    std::uint32_t init_flags;                 ///< FUSE_ flags of the INIT reply
};

/// A mounted file system and its server process.
class FuseServer {
public:
    /// Mounts and starts the server; a failure fails the test. The state starts with no file, hour-long
    /// attributes, and a FUSE_FALLOCATE that the server does not know.
    explicit FuseServer(std::uint32_t init_flags = 0);
    FuseServer(const FuseServer &) = delete;
    FuseServer &operator=(const FuseServer &) = delete;
    /// Unmounts and ends the server.
    ~FuseServer();

    [[nodiscard]] ServerState &state() { return *state_; }
    /// Makes the file, marked as mapped by the program unless @flags says otherwise, and names its path.
    std::string file(std::uint64_t nodeid, std::uint64_t size);
    std::string file(std::uint64_t nodeid, std::uint64_t size, std::uint32_t flags);
    [[nodiscard]] std::string path(std::uint64_t nodeid) const;
    [[nodiscard]] const std::string &folder() const { return folder_; }
    /// The connection's /dev/fuse; -1 after kill().
    [[nodiscard]] int fd() const { return fuse_.get(); }
    /// A file of the connection below /sys/fs/fuse/connections, as a number.
    [[nodiscard]] std::uint64_t control(const std::string &name) const;
    [[nodiscard]] std::uint64_t rejected() const { return control("iomap_rejected"); }
    /// FUSE_NOTIFY_INVAL_INODE and FUSE_NOTIFY_STORE, as the server would send them. 0 or an errno.
    int notify_invalidate(std::uint64_t nodeid, std::int64_t offset, std::int64_t length);
    int notify_store(std::uint64_t nodeid, std::uint64_t offset, const std::string &bytes);
    /// SIGKILL, and the last /dev/fuse closed: the connection is gone.
    void kill();
    /// Also ends the server. Twice does no harm.
    void unmount();

private:
    int notify(std::int32_t code, const void *head, std::size_t head_size, const std::string &bytes);
    void start();
    void end_server();

    ServerState *state_;
    base::Fd fuse_;
    std::string folder_;
    pid_t server_ = -1;
    bool mounted_ = false;
};

/// Answers requests from @fuse until the connection ends.
void serve(int fuse, ServerState &state);

} // namespace famfs::vmtest
