// SPDX-License-Identifier: GPL-2.0-only
// syncfs(2) and sync(2) reach a server that has a device, and no other.
#include "vmtest/tests/hooked_mount.h"

#include <cerrno>
#include <fcntl.h>
#include <linux/fuse.h>
#include <unistd.h>

namespace famfs::vmtest {
namespace {

/// 0 or an errno.
int synchronize(const FuseServer &server) {
    const base::Fd folder(::open(server.folder().c_str(), O_RDONLY | O_DIRECTORY));
    EXPECT_TRUE(folder) << std::strerror(errno);
    return ::syncfs(folder.get()) == 0 ? 0 : errno;
}

TEST(Syncfs, BeforeTheFirstDeviceNobodyIsAsked) {
    FuseServer server;
    EXPECT_EQ(synchronize(server), 0);
    EXPECT_EQ(server.state().requests[FUSE_SYNCFS], 0U);
    hand_over(server.fd(), 0);
    EXPECT_EQ(synchronize(server), 0);
    EXPECT_EQ(server.state().requests[FUSE_SYNCFS], 1U);
}

TEST(Syncfs, TheServersErrorIsTheCallers) {
    FuseServer server;
    hand_over(server.fd(), 0);
    server.state().syncfs_error = ENOSPC;
    EXPECT_EQ(synchronize(server), ENOSPC);
    server.state().syncfs_error = 0;
    EXPECT_EQ(synchronize(server), 0);
}

TEST(Syncfs, SyncOfEverythingAsksToo) {
    FuseServer server;
    hand_over(server.fd(), 0);
    ::sync();
    EXPECT_EQ(server.state().requests[FUSE_SYNCFS], 1U);
}

TEST(Syncfs, AServerThatDoesNotKnowItIsAskedOnce) {
    FuseServer server;
    hand_over(server.fd(), 0);
    server.state().syncfs_error = ENOSYS;
    EXPECT_EQ(synchronize(server), 0);
    EXPECT_EQ(synchronize(server), 0);
    EXPECT_EQ(server.state().requests[FUSE_SYNCFS], 1U);
}

TEST(Syncfs, UnmountingSendsNone) {
    FuseServer server;
    hand_over(server.fd(), 0);
    server.unmount();
    EXPECT_EQ(server.state().requests[FUSE_SYNCFS], 0U);
}

} // namespace
} // namespace famfs::vmtest
