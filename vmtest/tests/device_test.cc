// SPDX-License-Identifier: GPL-2.0-only
// FUSE_DEV_IOC_IOMAP_DEVICE: who may hand over what, and that it is given back.
#include "vmtest/tests/dax.h"
#include "vmtest/tests/fuse_server.h"
#include "vmtest/tests/memory_probe.h"
#include "vmtest/tests/privileges.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/capability.h>

namespace famfs::vmtest {
namespace {

int hand_over_path(int fuse_fd, const char *path) {
    const base::Fd file(::open(path, O_RDWR | O_CLOEXEC));
    EXPECT_TRUE(file) << path;
    return hand_over(fuse_fd, file.get(), huge_size);
}

TEST(Device, CookiesCountFromOne) {
    FuseServer server;
    EXPECT_EQ(hand_over(server.fd(), 0), 1U);
    EXPECT_EQ(hand_over(server.fd(), 1), 2U);
}

TEST(Device, OnlyOfAMountedConnection) {
    const base::Fd fuse(::open("/dev/fuse", O_RDWR | O_CLOEXEC));
    const base::Fd device = open_dax(0, O_RDWR);
    EXPECT_EQ(hand_over(fuse.get(), device.get(), dax_size(0)), -EPERM);
}

TEST(Device, OnlyWithRawIo) {
    FuseServer server;
    const base::Fd device = open_dax(0, O_RDWR);
    const auto attempt = [&] { return -hand_over(server.fd(), device.get(), dax_size(0)); };
    EXPECT_EQ(without_capability(CAP_SYS_RAWIO, attempt), EPERM);
    EXPECT_EQ(in_user_namespace(attempt), EPERM);
    EXPECT_EQ(hand_over(server.fd(), device.get(), dax_size(0)), 1);
}

TEST(Device, OnlyADaxDevice) {
    FuseServer server;
    EXPECT_EQ(hand_over(server.fd(), -1, huge_size), -EBADF);
    EXPECT_EQ(hand_over(server.fd(), 9999, huge_size), -EBADF);
    EXPECT_EQ(hand_over(server.fd(), ::open("/dev/dax0.0", O_PATH | O_CLOEXEC), huge_size), -EBADF);
    EXPECT_EQ(hand_over(server.fd(), open_dax(0, O_WRONLY).get(), huge_size), -EBADF);
    for (const char *path :
         {"/dev/null", "/dev/fuse", "/dev/ttyS0", "/proc/self/clear_refs", "/tmp/hook-file"}) {
        if (std::string_view(path) == "/tmp/hook-file") {
            EXPECT_TRUE(base::Fd(::open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600)));
        }
        if (::access(path, F_OK) == 0) {
            EXPECT_EQ(hand_over_path(server.fd(), path), -ENODEV) << path;
        }
    }
}

TEST(Device, LengthWithinTheDevice) {
    FuseServer server;
    const base::Fd device = open_dax(0, O_RDWR);
    EXPECT_EQ(hand_over(server.fd(), device.get(), 0), -EINVAL);
    EXPECT_EQ(hand_over(server.fd(), device.get(), 4095), -EINVAL);
    EXPECT_EQ(hand_over(server.fd(), device.get(), std::uint64_t{1} << 63), -EINVAL);
    EXPECT_EQ(hand_over(server.fd(), device.get(), dax_size(0), 1), -EINVAL);
    EXPECT_EQ(hand_over(server.fd(), device.get(), dax_size(0) + page_size), -ERANGE);
    EXPECT_EQ(hand_over(server.fd(), device.get(), (std::uint64_t{1} << 63) - page_size), -ERANGE);
    // What has failed must not have kept the device.
    EXPECT_EQ(hand_over(server.fd(), device.get(), dax_size(0)), 1);
}

TEST(Device, HeldByOneConnection) {
    FuseServer one;
    FuseServer other;
    const base::Fd device = open_dax(0, O_RDWR);
    EXPECT_EQ(hand_over(one.fd(), device.get(), dax_size(0)), 1);
    EXPECT_EQ(hand_over(one.fd(), device.get(), dax_size(0)), -EBUSY);
    EXPECT_EQ(hand_over(other.fd(), device.get(), dax_size(0)), -EBUSY);
    one.unmount();
    EXPECT_EQ(hand_over(other.fd(), device.get(), dax_size(0)), 1);
}

TEST(Device, GivenBackOnUnmountNotOnDeath) {
    const base::Fd device = open_dax(0, O_RDWR);
    FuseServer other;
    FuseServer server;
    EXPECT_EQ(hand_over(server.fd(), device.get(), dax_size(0)), 1);
    server.kill();
    EXPECT_EQ(hand_over(other.fd(), device.get(), dax_size(0)), -EBUSY);
    server.unmount();
    EXPECT_EQ(hand_over(other.fd(), device.get(), dax_size(0)), 1);
}

TEST(Device, NotAfterTheUnmount) {
    FuseServer server;
    const base::Fd device = open_dax(0, O_RDWR);
    const base::Fd fuse(::dup(server.fd()));
    server.unmount();
    EXPECT_EQ(hand_over(fuse.get(), device.get(), dax_size(0)), -ENOTCONN);
    FuseServer other;
    EXPECT_EQ(hand_over(other.fd(), device.get(), dax_size(0)), 1);
}

TEST(Device, OnlyOfFsdev) {
    ASSERT_EQ(std::system("modprobe device_dax"),
              0); // NOLINT(cert-env33-c): of the guest, no input of anybody's
    unbind(1, "fsdev_dax");
    bind(1, "device_dax");
    {
        FuseServer server;
        const base::Fd device = open_dax(1, O_RDWR);
        EXPECT_EQ(hand_over(server.fd(), device.get(), dax_size(1)), -EOPNOTSUPP);
    }
    unbind(1, "device_dax");
    bind(1, "fsdev_dax");
    FuseServer server;
    EXPECT_EQ(hand_over(server.fd(), 1), 1U);
}

TEST(Device, ManyMountsLeaveNothingBehind) {
    for (int round = 0; round < 100; ++round) {
        FuseServer server;
        ASSERT_EQ(hand_over(server.fd(), 0), 1U) << "round " << round;
        ASSERT_EQ(hand_over(server.fd(), 1), 2U) << "round " << round;
    }
}

} // namespace
} // namespace famfs::vmtest
