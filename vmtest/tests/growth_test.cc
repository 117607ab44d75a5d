// SPDX-License-Identifier: GPL-2.0-only
// Files that grow by being written and by fallocate(2), where the server gives the space.
#include "vmtest/tests/growing_mount.h"

#include <cerrno>
#include <csignal>
#include <linux/falloc.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>

namespace famfs::vmtest {
namespace {

constexpr std::uint64_t room = 8 * mebibyte;

using Growth = GrowingMount;

TEST_F(Growth, AppendsOfOddSizes) {
    const std::string path = growing(2, 0, room);
    const base::Fd writer = open_for_writing(path);
    const base::Fd reader(::open(path.c_str(), O_RDONLY));
    const MappedFile mapped(path, room);
    std::uint64_t end = 0;
    for (const std::uint64_t size :
         {1UL, 4094UL, 1UL, 4096UL, 4097UL, 65537UL, 3UL, mebibyte + 1, 3 * mebibyte - 5}) {
        const std::string bytes = text(end, size);
        ASSERT_EQ(::write(writer.get(), bytes.data(), size), static_cast<ssize_t>(size))
            << end << ": " << std::strerror(errno);
        std::string seen(size, '\0');
        ASSERT_EQ(::pread(reader.get(), seen.data(), size, static_cast<off_t>(end)),
                  static_cast<ssize_t>(size));
        EXPECT_TRUE(seen == bytes) << size << " bytes at " << end;
        EXPECT_EQ(std::memcmp(static_cast<const char *>(mapped.data()) + end, bytes.data(), size), 0) << end;
        end += size;
    }
    expect_contents(2, text(0, end));
    EXPECT_EQ(server.state().requests[FUSE_WRITE], 0U);
    EXPECT_EQ(server.rejected(), 0U);
}

TEST_F(Growth, AppendModeFindsTheEnd) {
    const base::Fd writer = open_for_writing(growing(2, 100, room), O_APPEND);
    for (std::uint64_t end = 100; end < 20000; end += 777)
        ASSERT_EQ(put(writer, text(end, 777), 5), 777);
    expect_contents(2, text(0, 100 + 777UL * 26));
}

TEST_F(Growth, WriteThatBeginsInsideAsksForTheRest) {
    const base::Fd writer = open_for_writing(growing(2, 8192 + 5, room));
    EXPECT_EQ(put(writer, text(4000, 10000), 4000), 10000);
    EXPECT_EQ(server.state().space.offset, 8192U + 5);
    EXPECT_EQ(server.state().space.length, 4000U + 10000 - 8192 - 5);
    EXPECT_EQ(server.state().space.mode, 0U);
    EXPECT_EQ(asked(), 1U);
    expect_contents(2, text(0, 14000));
}

TEST_F(Growth, GapReadsZeros) {
    const base::Fd writer = open_for_writing(growing(2, 100, room));
    constexpr std::uint64_t far = 5 * mebibyte + 7;
    EXPECT_EQ(put(writer, text(far, 300), far), 300);
    EXPECT_EQ(server.state().space.offset, 100U);
    EXPECT_EQ(server.state().space.length, far + 300 - 100);
    expect_contents(2, text(0, 100) + std::string(far - 100, '\0') + text(far, 300));
}

TEST_F(Growth, NobodyIsAskedForWhatIsThere) {
    const base::Fd writer = open_for_writing(growing(2, 3 * page_size, room));
    EXPECT_EQ(put(writer, text(0, 3 * page_size), 0), static_cast<ssize_t>(3 * page_size));
    EXPECT_EQ(put(writer, "", 5 * page_size), 0);
    EXPECT_EQ(asked(), 0U);
    EXPECT_EQ(server.state().requests[FUSE_SETATTR], 0U);
    expect_contents(2, text(0, 3 * page_size));
}

TEST_F(Growth, CopiedInByTheKernel) {
    constexpr std::uint64_t size = 3 * mebibyte + 17;
    const std::string from = growing(2, size, room);
    const std::string to = growing(3, 0, room, 2 * room);
    const base::Fd in(::open(from.c_str(), O_RDONLY));
    const base::Fd out = open_for_writing(to);
    for (std::uint64_t done = 0; done < size;) {
        // One call for each half: what cp does, and what cat does.
        const ssize_t now = done < size / 2
                                ? ::copy_file_range(in.get(), nullptr, out.get(), nullptr, size / 2 - done, 0)
                                : ::sendfile(out.get(), in.get(), nullptr, size - done);
        ASSERT_GT(now, 0) << done << ": " << std::strerror(errno);
        done += static_cast<std::uint64_t>(now);
    }
    expect_contents(3, text(0, size));
}

TEST_F(Growth, FallocateMakesTheFileLonger) {
    const base::Fd writer = open_for_writing(growing(2, 100, room));
    ASSERT_EQ(::fallocate(writer.get(), 0, 50, 3 * page_size), 0) << std::strerror(errno);
    EXPECT_EQ(server.state().space.offset, 50U);
    EXPECT_EQ(server.state().space.length, 3 * page_size);
    EXPECT_EQ(::lseek(writer.get(), 0, SEEK_END), static_cast<off_t>(50 + 3 * page_size));
    expect_contents(2, text(0, 100) + std::string(3 * page_size - 50, '\0'));
}

TEST_F(Growth, FallocateKeepsTheSizeIfToldSo) {
    const base::Fd writer = open_for_writing(growing(2, 100, room));
    ASSERT_EQ(::fallocate(writer.get(), FALLOC_FL_KEEP_SIZE, 0, mebibyte), 0) << std::strerror(errno);
    EXPECT_EQ(server.state().space.mode, 0U + FALLOC_FL_KEEP_SIZE);
    EXPECT_EQ(server.state().space.length, mebibyte);
    EXPECT_EQ(::lseek(writer.get(), 0, SEEK_END), 100);
    expect_contents(2, text(0, 100));
    EXPECT_EQ(put(writer, text(100, 5000), 100), 5000);
    expect_contents(2, text(0, 5100));
}

TEST_F(Growth, NoOtherModeOfFallocate) {
    const base::Fd writer = open_for_writing(growing(2, 3 * page_size, room));
    for (const int mode : {FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, FALLOC_FL_ZERO_RANGE,
                           FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, FALLOC_FL_COLLAPSE_RANGE,
                           FALLOC_FL_INSERT_RANGE, FALLOC_FL_UNSHARE_RANGE}) {
        EXPECT_EQ(::fallocate(writer.get(), mode, 0, page_size), -1) << mode;
        EXPECT_EQ(errno, EOPNOTSUPP) << mode;
    }
    EXPECT_EQ(asked(), 0U);
    expect_contents(2, text(0, 3 * page_size));
}

TEST_F(Growth, TruncateUpReadsZeros) {
    const std::string path = growing(2, 100, room);
    ASSERT_EQ(::truncate(path.c_str(), 3 * page_size), 0) << std::strerror(errno);
    expect_contents(2, text(0, 100) + std::string(3 * page_size - 100, '\0'));
    server.state().space.truncate_error = EPERM;
    EXPECT_EQ(::truncate(path.c_str(), 4 * page_size), -1);
    EXPECT_EQ(errno, EPERM);
    EXPECT_EQ(::truncate(path.c_str(), page_size), -1);
    EXPECT_EQ(errno, EPERM);
    expect_contents(2, text(0, 100) + std::string(3 * page_size - 100, '\0'));
}

TEST_F(Growth, MappedPagesStayMapped) {
    // Huge pages, small ones, and the page in which the file ends.
    constexpr std::uint64_t size = 4 * mebibyte + 5 * page_size + 100;
    const std::string path = growing(2, size, room);
    const MappedFile mapped(path, room);
    const std::string before = text(0, size);
    ASSERT_EQ(std::memcmp(mapped.data(), before.data(), size), 0);
    const auto faults = [&] { return program.calls(HOOK_PMD) + program.calls(HOOK_PTE); };
    const std::uint64_t calls = faults();
    EXPECT_EQ(put(open_for_writing(path), text(size, mebibyte), size), static_cast<ssize_t>(mebibyte));
    const std::uint64_t page_end = size - 100 + page_size;
    const std::string after = text(0, size + mebibyte);
    EXPECT_EQ(std::memcmp(mapped.data(), after.data(), page_end), 0);
    EXPECT_EQ(faults(), calls);
    // And what is new comes to the mapping that was there before it.
    EXPECT_EQ(std::memcmp(mapped.data(), after.data(), after.size()), 0);
    EXPECT_GT(faults(), calls);
    EXPECT_EQ(server.rejected(), 0U);
}

TEST_F(Growth, DataThatMovesAsTheFileGrowsIsRefused) {
    constexpr std::uint64_t size = 3 * page_size;
    const std::string path = growing(2, size, room);
    growing(3, size, room, 2 * room);
    const MappedFile mapped(path, 2 * size);
    ASSERT_EQ(bus_error_reading(mapped.at(0)), 0);
    EXPECT_EQ(put(open_for_writing(path), text(size, size), size), static_cast<ssize_t>(size));
    program.extent(2, room, dax0, 2 * room);
    mapped.drop();
    EXPECT_EQ(bus_error_reading(mapped.at(0)), BUS_ADRERR);
    EXPECT_GT(server.rejected(), 0U);
    program.extent(2, room, dax0, 0);
    EXPECT_EQ(bus_error_reading(mapped.at(0)), 0);
}

TEST_F(Growth, WhoMayNotWaitDoesNotAsk) {
    const base::Fd writer = open_for_writing(growing(2, 100, room), O_DIRECT);
    std::string bytes = text(100, 100);
    const iovec part = {bytes.data(), bytes.size()};
    EXPECT_EQ(::pwritev2(writer.get(), &part, 1, 100, RWF_NOWAIT), -1);
    EXPECT_EQ(errno, EOPNOTSUPP);
    EXPECT_EQ(asked(), 0U);
    expect_contents(2, text(0, 100));
}

} // namespace
} // namespace famfs::vmtest
