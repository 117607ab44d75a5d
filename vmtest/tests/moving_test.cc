// SPDX-License-Identifier: GPL-2.0-only
// Pages that go from one place of the device to another, and from one file to another: with the server's
// word, while others fault, and while somebody holds them.
#include "vmtest/tests/hooked_mount.h"
#include "vmtest/tests/storm.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>

namespace famfs::vmtest {
namespace {

constexpr std::uint64_t file_size = 8 * mebibyte;

class Moving : public HookedMount {
protected:
    /// The server's part of the contract: pages that somebody holds this instant are tried again.
    void invalidate(std::uint64_t nodeid) {
        int error = 0;
        do
            error = server.notify_invalidate(nodeid, 0, 0);
        while (error == EBUSY);
        ASSERT_EQ(error, 0) << std::strerror(error);
    }
};

TEST_F(Moving, InvalidationLetsDataMove) {
    fill(patterned(3, file_size, 64 * mebibyte), file_size, dax0, 64 * mebibyte);
    const std::string path = patterned(2, file_size, 0);
    const MappedFile mapped(path, file_size);
    ASSERT_EQ(first_wrong(mapped.data(), file_size, dax0, 0), std::nullopt);
    program.extent(2, file_size, dax0, 64 * mebibyte);
    EXPECT_EQ(server.notify_invalidate(2, 0, 0), 0);
    EXPECT_EQ(first_wrong(mapped.data(), file_size, dax0, 64 * mebibyte), std::nullopt);
    EXPECT_EQ(server.rejected(), 0U);
}

TEST_F(Moving, InvalidationOfAPart) {
    const std::string path = patterned(2, file_size, 0);
    const MappedFile mapped(path, file_size);
    ASSERT_EQ(first_wrong(mapped.data(), file_size, dax0, 0), std::nullopt);
    const std::uint64_t calls = program.calls(HOOK_PMD);
    // One byte of a huge page takes the huge page, and only that one.
    EXPECT_EQ(server.notify_invalidate(2, 3 * mebibyte, 1), 0);
    EXPECT_EQ(first_wrong(mapped.data(), file_size, dax0, 0), std::nullopt);
    EXPECT_EQ(program.calls(HOOK_PMD), calls + 1);
    // To the end of the file, and further than there are numbers.
    EXPECT_EQ(server.notify_invalidate(2, 6 * mebibyte, INT64_MAX), 0);
    EXPECT_EQ(first_wrong(mapped.data(), file_size, dax0, 0), std::nullopt);
    EXPECT_EQ(program.calls(HOOK_PMD), calls + 2);
}

TEST_F(Moving, NothingIsStoredInACacheThatIsNotThere) {
    const std::string path = patterned(2, file_size, 0);
    ASSERT_EQ(read_error(path, 1), 0);
    EXPECT_EQ(server.notify_store(2, 0, "zeros"), EOPNOTSUPP);
    std::string bytes;
    ASSERT_EQ(read_whole(path, bytes), 0);
    EXPECT_EQ(first_wrong(bytes.data(), bytes.size(), dax0, 0), std::nullopt);
}

TEST_F(Moving, PinnedPagesStay) {
    const std::string path = patterned(2, file_size, 0);
    const MappedFile mapped(path, file_size);
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const base::Fd out(pipe[0]);
    const base::Fd in(pipe[1]);
    iovec part = {const_cast<char *>(mapped.at(0)), page_size};
    // The pipe holds the page itself, not a copy.
    ASSERT_EQ(::vmsplice(in.get(), &part, 1, 0), static_cast<ssize_t>(page_size)) << std::strerror(errno);
    EXPECT_EQ(server.notify_invalidate(2, 0, 0), EBUSY);
    std::string bytes(page_size, '\0');
    ASSERT_EQ(::read(out.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(page_size));
    EXPECT_EQ(first_wrong(bytes.data(), page_size, dax0, 0), std::nullopt);
    EXPECT_EQ(server.notify_invalidate(2, 0, 0), 0);
    EXPECT_EQ(first_wrong(mapped.data(), file_size, dax0, 0), std::nullopt);
}

TEST_F(Moving, InvalidationUnderAStorm) {
    // Half of it in huge pages, half in small ones.
    for (const std::uint64_t address : {std::uint64_t{0}, 32 * mebibyte + page_size}) {
        const std::uint64_t nodeid = address == 0 ? 2 : 3;
        const std::string path = patterned(nodeid, file_size, address);
        const MappedFile mapped(path, file_size);
        FaultStorm storm(mapped, file_size, dax0, address);
        for (int round = 0; round < 20; ++round) {
            invalidate(nodeid);
            storm.wait_for(1000);
        }
        storm.stop();
        EXPECT_EQ(storm.failed(), 0U);
        EXPECT_EQ(storm.wrong(), 0U);
    }
    EXPECT_EQ(server.rejected(), 0U);
}

TEST_F(Moving, TwoFilesFightForTheSamePages) {
    // A program that says so is wrong, and stays wrong for as long as it likes: huge pages against small
    // ones, pages given back all the time. Whoever gets a page sees the right bytes; the kernel's log stays
    // clean.
    program.extent(3, file_size - 2 * page_size, dax0, page_size);
    const std::string other = server.file(3, file_size - 2 * page_size);
    const std::string path = patterned(2, file_size, 0);
    const MappedFile mapped(path, file_size);
    const MappedFile other_mapped(other, file_size - 2 * page_size);
    FaultStorm storm(mapped, file_size, dax0, 0);
    FaultStorm other_storm(other_mapped, file_size - 2 * page_size, dax0, page_size);
    for (int round = 0; round < 50; ++round) {
        invalidate(2);
        invalidate(3);
        storm.wait_for(500);
        other_storm.wait_for(500);
    }
    storm.stop();
    other_storm.stop();
    EXPECT_EQ(storm.wrong(), 0U);
    EXPECT_EQ(other_storm.wrong(), 0U);
    EXPECT_GT(storm.failed() + other_storm.failed(), 0U);
    EXPECT_GT(server.rejected(), 0U);
}

TEST_F(Moving, FilesComeAndGoUnderAStorm) {
    server.state().valid_seconds = 0;
    const std::string busy = patterned(2, file_size, 0);
    const MappedFile mapped(busy, file_size);
    FaultStorm storm(mapped, file_size, dax0, 0);
    for (int round = 0; round < 30; ++round) {
        const std::uint64_t nodeid = 10U + static_cast<unsigned>(round);
        const std::uint64_t address = 32 * mebibyte + (round % 2 == 0 ? 0 : page_size);
        const std::string path = patterned(nodeid, file_size, address);
        {
            const MappedFile it(path, file_size);
            EXPECT_EQ(first_wrong(it.data(), file_size, dax0, address), std::nullopt) << round;
        }
        server.state().files[nodeid].present = false;
        EXPECT_EQ(::access(path.c_str(), F_OK), -1);
    }
    storm.stop();
    EXPECT_EQ(storm.failed(), 0U);
    EXPECT_EQ(storm.wrong(), 0U);
    EXPECT_EQ(server.rejected(), 0U);
}

} // namespace
} // namespace famfs::vmtest
