// SPDX-License-Identifier: GPL-2.0-only
// The last close of a file: the server has heard of it when close(2) returns, unless nobody is left to hear.
#include "vmtest/tests/hooked_mount.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sys/wait.h>

namespace famfs::vmtest {
namespace {

constexpr std::uint64_t file_size = 8 * mebibyte;

using Release = HookedMount;

TEST_F(Release, CloseWaitsForTheServer) {
    const std::string path = patterned(2, file_size, 0);
    for (int round = 0; round < 20; ++round) {
        const std::uint64_t before = server.state().requests[FUSE_RELEASE];
        base::Fd file(::open(path.c_str(), O_RDONLY));
        file.reset();
        EXPECT_EQ(server.state().requests[FUSE_RELEASE], before + 1);
    }
}

TEST_F(Release, KilledServerWithAFileOfItsOwnOpen) {
    const std::string path = patterned(2, file_size, 0);
    server.state().files[2].open_flags = FOPEN_NOFLUSH;
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const base::Fd out(ready[0]);
    base::Fd in(ready[1]);
    // It has inherited /dev/fuse, and is the last to have it.
    const pid_t holder = ::fork();
    if (holder == 0) {
        const int file = ::open(path.c_str(), O_RDWR);
        (void)!::write(in.get(), &file, sizeof(file));
        for (;;)
            ::pause();
    }
    int file = -1;
    ASSERT_EQ(::read(out.get(), &file, sizeof(file)), static_cast<ssize_t>(sizeof(file)));
    EXPECT_GE(file, 0);
    server.kill();
    ASSERT_EQ(::kill(holder, SIGKILL), 0);
    EXPECT_EQ(::waitpid(holder, nullptr, 0), holder);
    server.unmount();
    FuseServer other;
    EXPECT_EQ(hand_over(other.fd(), 0), 1U);
}

} // namespace
} // namespace famfs::vmtest
