// SPDX-License-Identifier: GPL-2.0-only
// Who may attach what to which connection, and what the verifier lets a program do.
#include "vmtest/tests/fuse_server.h"
#include "vmtest/tests/privileges.h"
#include "vmtest/tests/program.h"

#include <bpf/bpf.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>

namespace famfs::vmtest {
namespace {

int attach_error(int fuse_fd) {
    Program program(fuse_fd);
    const Link link = program.attach();
    return link ? 0 : program.error();
}

TEST(Attach, ToAMountedConnection) {
    FuseServer server;
    EXPECT_EQ(attach_error(server.fd()), 0);
}

TEST(Attach, OnlyToAMountedConnection) {
    const base::Fd fuse(::open("/dev/fuse", O_RDWR | O_CLOEXEC));
    const base::Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    EXPECT_EQ(attach_error(fuse.get()), EPERM);
    EXPECT_EQ(attach_error(null.get()), EINVAL);
    EXPECT_EQ(attach_error(-1), EINVAL);
    EXPECT_EQ(attach_error(9999), EINVAL);
}

TEST(Attach, NotAfterTheUnmount) {
    FuseServer server;
    const base::Fd fuse(::dup(server.fd()));
    server.unmount();
    EXPECT_EQ(attach_error(fuse.get()), ENOTCONN);
}

TEST(Attach, OneProgramAtATime) {
    FuseServer server;
    FuseServer other;
    Program program(server.fd());
    Program rival(server.fd());
    Program elsewhere(other.fd());
    Link link = program.attach();
    ASSERT_TRUE(link);
    EXPECT_FALSE(rival.attach());
    EXPECT_EQ(rival.error(), EBUSY);
    // The same ops once more is one more program too.
    EXPECT_FALSE(program.attach());
    EXPECT_EQ(program.error(), EBUSY);
    EXPECT_TRUE(elsewhere.attach());
    link.reset();
    EXPECT_TRUE(rival.attach()) << std::strerror(rival.error());
}

TEST(Attach, OnlyWithRawIo) {
    FuseServer server;
    Program program(server.fd());
    const auto attempt = [&] { return program.attach() ? 0 : program.error(); };
    EXPECT_EQ(without_capability(CAP_SYS_RAWIO, attempt), EPERM);
    EXPECT_EQ(in_user_namespace(attempt), EPERM);
    EXPECT_EQ(attempt(), 0);
}

TEST(Attach, UpdateOnlyWithRawIo) {
    FuseServer server;
    Program program(server.fd());
    const Link link = program.attach();
    const auto attempt = [&] { return program.update(link, Which::second); };
    EXPECT_EQ(without_capability(CAP_SYS_RAWIO, attempt), EPERM);
    EXPECT_EQ(attempt(), 0);
}

TEST(Attach, UpdateStaysOnTheConnection) {
    FuseServer server;
    FuseServer other;
    const base::Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    Program same(server.fd(), server.fd());
    Program elsewhere(server.fd(), other.fd());
    Program nowhere(server.fd(), null.get());

    Link link = same.attach();
    EXPECT_EQ(same.update(link, Which::second), 0);
    link.reset();
    link = elsewhere.attach();
    EXPECT_EQ(elsewhere.update(link, Which::second), EINVAL);
    link.reset();
    link = nowhere.attach();
    EXPECT_EQ(nowhere.update(link, Which::second), EINVAL);
}

TEST(Attach, UpdateAfterTheUnmount) {
    FuseServer server;
    Program program(server.fd());
    const Link link = program.attach();
    server.unmount();
    EXPECT_EQ(program.update(link, Which::second), ENOTCONN);
}

TEST(Attach, LinkOutlivesTheMount) {
    const char *pin = "/sys/fs/bpf/hook-tests";
    Link link;
    {
        FuseServer server;
        Program program(server.fd());
        link = program.attach();
        ASSERT_EQ(bpf_link__pin(link.get(), pin), 0) << std::strerror(errno);
    }
    {
        FuseServer server;
        EXPECT_EQ(attach_error(server.fd()), 0);
    }
    EXPECT_EQ(bpf_link__detach(link.get()), 0) << std::strerror(errno);
    EXPECT_EQ(bpf_link__unpin(link.get()), 0) << std::strerror(errno);
}

struct Refusal {
    const char *name;
    int error;
    const char *log;
};

class Refused : public testing::TestWithParam<Refusal> {};

TEST_P(Refused, ByTheKernel) {
    FuseServer server;
    std::string log;
    EXPECT_EQ(attach_refused(GetParam().name, server.fd(), log), GetParam().error) << log;
    EXPECT_THAT(log, testing::HasSubstr(GetParam().log));
}

INSTANTIATE_TEST_SUITE_P(
    Programs, Refused,
    testing::Values(Refusal{"past_the_answer", EACCES, "write of 8 bytes at 32 of struct fuse_iomap_io"},
                    Refusal{"before_the_answer", EACCES, "invalid negative access: off=-8"},
                    Refusal{"other_object", EACCES, "only struct fuse_iomap_io can be written"},
                    Refusal{"sleepable", EINVAL, "attach to unsupported member iomap_begin"},
                    Refusal{"without_program", EINVAL, ""}),
    [](const auto &test) { return std::string(test.param.name); });

} // namespace
} // namespace famfs::vmtest
