// SPDX-License-Identifier: GPL-2.0-only
// Programs and servers come and go: a file answers, or says definitely that it does not; it never invents
// bytes.
#include "vmtest/tests/hooked_mount.h"
#include "vmtest/tests/storm.h"

#include <bpf/bpf.h>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sys/stat.h>

namespace famfs::vmtest {
namespace {

constexpr std::uint64_t file_size = 8 * mebibyte;

void expect_no_data(const std::string &path, int error) {
    EXPECT_EQ(read_error(path, page_size), error);
    EXPECT_EQ(write_error(path, page_size), error);
    const MappedFile mapped(path, file_size, true);
    EXPECT_EQ(bus_error_reading(mapped.at(0)), BUS_ADRERR);
    EXPECT_EQ(bus_error_writing(mapped.at(2 * mebibyte)), BUS_ADRERR);
}

using Lifecycle = HookedMount;

TEST_F(Lifecycle, BeforeAttach) {
    link.reset();
    expect_no_data(server.file(2, file_size), ENXIO);
    EXPECT_EQ(server.rejected(), 0U);
    program.extent(2, file_size, dax0, 0);
    link = program.attach();
    EXPECT_EQ(read_error(server.path(2), page_size), 0);
}

TEST_F(Lifecycle, AfterDetach) {
    const std::string path = patterned(2, file_size, 0);
    const MappedFile mapped(path, file_size);
    ASSERT_EQ(bus_error_reading(mapped.at(0)), 0);
    link.reset();
    // What is mapped stays mapped, what is not cannot be.
    EXPECT_EQ(first_wrong(mapped.data(), huge_size, dax0, 0), std::nullopt);
    EXPECT_EQ(bus_error_reading(mapped.at(huge_size)), BUS_ADRERR);
    EXPECT_EQ(read_error(path, page_size), ENXIO);
    mapped.drop();
    EXPECT_EQ(bus_error_reading(mapped.at(0)), BUS_ADRERR);
}

TEST_F(Lifecycle, UnpublishedFile) {
    expect_no_data(server.file(2, file_size), ENOENT);
    EXPECT_EQ(server.rejected(), 0U);
    EXPECT_EQ(server.state().requests[FUSE_READ], 0U);
}

TEST_F(Lifecycle, WithdrawnFile) {
    const std::string path = patterned(2, file_size, 0);
    program.withdraw(2);
    expect_no_data(path, ENOENT);
}

TEST_F(Lifecycle, DetachByTheLinksHolder) {
    const std::string path = patterned(2, file_size, 0);
    ASSERT_EQ(bpf_link__detach(link.get()), 0) << std::strerror(errno);
    EXPECT_EQ(read_error(path, page_size), ENXIO);
    Program next(server.fd());
    EXPECT_TRUE(next.attach());
}

TEST_F(Lifecycle, SwapUnderAStormLosesNoFault) {
    const std::string path = patterned(2, file_size, page_size);
    const MappedFile mapped(path, file_size);
    FaultStorm storm(mapped, file_size, dax0, page_size);
    for (int round = 0; round < 20; ++round) {
        // Not `second` again and again: each side must be seen to answer.
        ASSERT_EQ(program.update(link, round % 2 == 0 ? Which::second : Which::first), 0);
        storm.wait_for(2000);
    }
    storm.stop();
    EXPECT_EQ(storm.failed(), 0U);
    EXPECT_EQ(storm.wrong(), 0U);
    EXPECT_GT(program.calls(HOOK_PTE, Which::first), 1000U);
    EXPECT_GT(program.calls(HOOK_PTE, Which::second), 1000U);
}

TEST_F(Lifecycle, DetachUnderAStorm) {
    const std::string path = patterned(2, file_size, page_size);
    const MappedFile mapped(path, file_size);
    FaultStorm storm(mapped, file_size, dax0, page_size);
    for (int round = 0; round < 10; ++round) {
        storm.wait_for(2000);
        link.reset();
        const std::uint64_t before = storm.failed();
        storm.wait_for(6000);
        EXPECT_GT(storm.failed(), before) << round;
        Program next(server.fd());
        next.extent(2, file_size, dax0, page_size);
        link = next.attach();
        ASSERT_TRUE(link) << std::strerror(next.error());
    }
    storm.stop();
    EXPECT_EQ(storm.wrong(), 0U);
}

TEST_F(Lifecycle, ServerKilledFilesGoOn) {
    // Names and attributes have to be asked for anew each time, and there will be nobody to ask.
    server.state().valid_seconds = 0;
    const std::string path = patterned(2, file_size, page_size);
    const MappedFile mapped(path, file_size, true);
    const base::Fd file(::open(path.c_str(), O_RDWR));
    FaultStorm storm(mapped, file_size, dax0, page_size);
    storm.wait_for(2000);
    server.kill();
    storm.wait_for(20000);
    storm.stop();
    EXPECT_EQ(storm.failed(), 0U);
    EXPECT_EQ(storm.wrong(), 0U);

    struct stat status = {};
    EXPECT_EQ(::stat(path.c_str(), &status), -1);
    EXPECT_EQ(errno, ENOTCONN);
    std::uint64_t word = 0;
    ASSERT_EQ(::pread(file.get(), &word, sizeof(word), 8), 8) << std::strerror(errno);
    EXPECT_EQ(word, pattern(dax0, page_size + 8));
    EXPECT_EQ(::pwrite(file.get(), &word, sizeof(word), 8), 8) << std::strerror(errno);
    EXPECT_EQ(::lseek(file.get(), 0, SEEK_END), static_cast<off_t>(file_size));
    EXPECT_EQ(bus_error_writing(mapped.at(3 * mebibyte)), 0);
    // And the program can still be exchanged: the link knows its connection.
    EXPECT_EQ(program.update(link, Which::second), 0);
    mapped.drop();
    EXPECT_EQ(first_wrong(mapped.data(), file_size, dax0, page_size), std::nullopt);
}

TEST_F(Lifecycle, UnmountUnderTheLink) {
    patterned(2, file_size, 0);
    server.unmount();
    FuseServer other;
    EXPECT_EQ(hand_over(other.fd(), 0), 1U);
    link.reset();
}

TEST_F(Lifecycle, FlagThatComes) {
    server.state().valid_seconds = 0;
    const std::string path = server.file(2, file_size, 0);
    struct stat status = {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    const base::Fd file(::open(path.c_str(), O_RDONLY));
    server.state().files[2].flags = FUSE_ATTR_IOMAP;
    program.extent(2, file_size, dax0, 0);
    (void)::fstat(file.get(), &status);
    char byte = 0;
    EXPECT_EQ(::pread(file.get(), &byte, 1, 0), -1);
    EXPECT_EQ(errno, EIO);
}

TEST_F(Lifecycle, FlagThatGoes) {
    const std::string path = patterned(2, file_size, 0);
    server.state().valid_seconds = 0;
    const base::Fd file(::open(path.c_str(), O_RDONLY));
    const MappedFile mapped(path, file_size);
    ASSERT_EQ(bus_error_reading(mapped.at(0)), 0);
    server.state().files[2].flags = 0;
    struct statx status = {};
    (void)::statx(file.get(), "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, &status);
    char byte = 0;
    EXPECT_EQ(::pread(file.get(), &byte, 1, 0), -1);
    EXPECT_EQ(errno, EIO);
    EXPECT_EQ(bus_error_reading(mapped.at(0)), BUS_ADRERR);
}

TEST(NoDevice, FlaggedFileIsNothing) {
    FuseServer server;
    Program program(server.fd());
    const Link link = program.attach();
    program.extent(2, file_size, 1, 0);
    const std::string path = server.file(2, file_size);
    EXPECT_EQ(::open(path.c_str(), O_RDONLY), -1);
    EXPECT_EQ(errno, EIO);
    EXPECT_EQ(server.state().requests[FUSE_READ], 0U);
    EXPECT_EQ(program.calls(Which::first), 0U);
}

TEST(NoDevice, FileWithoutTheFlagIsTheServers) {
    FuseServer server;
    hand_over(server.fd(), 0);
    Program program(server.fd());
    const Link link = program.attach();
    const std::string path = server.file(2, file_size, 0);
    EXPECT_EQ(read_error(path, page_size), EIO);
    EXPECT_GT(server.state().requests[FUSE_READ], 0U);
    EXPECT_EQ(program.calls(Which::first), 0U);
}

class SizeChange : public HookedMount, public testing::WithParamInterface<std::uint32_t> {
protected:
    SizeChange() : HookedMount(GetParam()) {}
};

TEST_P(SizeChange, ByTheServerInvalidates) {
    const std::string path = patterned(2, file_size, 0);
    const base::Fd file(::open(path.c_str(), O_RDONLY));
    const MappedFile mapped(path, file_size);
    ASSERT_EQ(first_wrong(mapped.data(), file_size, dax0, 0), std::nullopt);
    const std::uint64_t calls = program.calls(HOOK_PMD);

    server.state().files[2].size = file_size / 2;
    struct statx status = {};
    ASSERT_EQ(::statx(file.get(), "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, STATX_SIZE, &status), 0);
    EXPECT_EQ(status.stx_size, file_size / 2);
    EXPECT_EQ(bus_error_reading(mapped.at(file_size / 2)), BUS_ADRERR);
    // The rest is asked for anew.
    EXPECT_EQ(first_wrong(mapped.data(), file_size / 2, dax0, 0), std::nullopt);
    EXPECT_GT(program.calls(HOOK_PMD), calls);

    server.state().files[2].size = file_size;
    ASSERT_EQ(::statx(file.get(), "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, STATX_SIZE, &status), 0);
    EXPECT_EQ(first_wrong(mapped.data(), file_size, dax0, 0), std::nullopt);
}

TEST_P(SizeChange, ByTruncateIsTheServersToAllow) {
    const std::string path = patterned(2, file_size, 0);
    const MappedFile mapped(path, file_size);
    ASSERT_EQ(bus_error_reading(mapped.at(file_size / 2)), 0);
    ASSERT_EQ(::truncate(path.c_str(), file_size / 2), 0) << std::strerror(errno);
    EXPECT_EQ(server.state().files[2].size, file_size / 2);
    EXPECT_EQ(bus_error_reading(mapped.at(file_size / 2)), BUS_ADRERR);
    EXPECT_EQ(first_wrong(mapped.data(), file_size / 2, dax0, 0), std::nullopt);
}

TEST_P(SizeChange, NewTimesDoNotInvalidate) {
    const std::string path = patterned(2, file_size, 0);
    const base::Fd file(::open(path.c_str(), O_RDONLY));
    const MappedFile mapped(path, file_size);
    ASSERT_EQ(first_wrong(mapped.data(), file_size, dax0, 0), std::nullopt);
    const std::uint64_t calls = program.calls(Which::first);
    server.state().files[2].mtime = 12345;
    struct statx status = {};
    ASSERT_EQ(::statx(file.get(), "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, &status), 0);
    EXPECT_EQ(status.stx_mtime.tv_sec, 12345);
    EXPECT_EQ(first_wrong(mapped.data(), file_size, dax0, 0), std::nullopt);
    // Nor does one more open.
    const MappedFile again(path, file_size);
    EXPECT_EQ(program.calls(Which::first), calls);
}

INSTANTIATE_TEST_SUITE_P(Connections, SizeChange,
                         testing::Values(0U, FUSE_AUTO_INVAL_DATA, FUSE_WRITEBACK_CACHE, FUSE_ATOMIC_O_TRUNC),
                         [](const auto &test) { return "InitFlags" + std::to_string(test.param); });

TEST(OpenTruncates, AtomicallyOrNot) {
    for (const std::uint32_t flags : {0U, 0U + FUSE_ATOMIC_O_TRUNC}) {
        FuseServer server(flags);
        const std::uint32_t device = hand_over(server.fd(), 0);
        Program program(server.fd());
        const Link link = program.attach();
        program.extent(2, file_size, device, 0);
        const std::string path = server.file(2, file_size);
        const MappedFile mapped(path, file_size);
        ASSERT_EQ(bus_error_reading(mapped.at(0)), 0);
        const base::Fd file(::open(path.c_str(), O_RDWR | O_TRUNC));
        ASSERT_TRUE(file) << std::strerror(errno);
        EXPECT_EQ(bus_error_reading(mapped.at(0)), BUS_ADRERR) << flags;
    }
}

} // namespace
} // namespace famfs::vmtest
