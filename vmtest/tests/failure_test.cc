// SPDX-License-Identifier: GPL-2.0-only
// Memory that goes bad, and devices that are taken away.
#include "vmtest/tests/hooked_mount.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/mman.h>

namespace famfs::vmtest {
namespace {

using Failure = HookedMount;

// Pages that are bad stay so until the machine is started anew: at the end of the second device, where no
// other test has a file.
TEST_F(Failure, BadPage) {
    constexpr std::uint64_t size = 8 * mebibyte;
    const std::uint64_t address = dax_size(1) - size;
    program.extent(2, size, dax1, address);
    const std::string path = server.file(2, size);
    fill(path, size, dax1, address);
    const MappedFile mapped(path, size, true);
    ASSERT_EQ(first_wrong(mapped.data(), size, dax1, address), std::nullopt);

    // The kernel kills whoever has it mapped, with SIGBUS at the address: here, on the way back from the
    // system call.
    auto *bad = const_cast<char *>(mapped.at(2 * mebibyte + 3 * page_size));
    const auto poison = [&] { return ::madvise(bad, page_size, MADV_HWPOISON); };
    EXPECT_EQ(bus_error_during(poison), BUS_MCEERR_AR);

    EXPECT_EQ(bus_error_reading(bad), BUS_MCEERR_AR);
    EXPECT_EQ(bus_error_writing(bad), BUS_MCEERR_AR);
    // Neighbours are there, in the same huge page and elsewhere.
    EXPECT_EQ(bus_error_reading(bad - 1), 0);
    EXPECT_EQ(bus_error_reading(bad + page_size), 0);
    EXPECT_EQ(bus_error_reading(mapped.at(0)), 0);

    const std::uint64_t at = 2 * mebibyte + 3 * page_size;
    std::size_t got = 0;
    EXPECT_EQ(read_error(path, page_size, at), EIO);
    EXPECT_EQ(write_error(path, page_size, at), EIO);
    EXPECT_EQ(read_error(path, 4 * page_size, at - 2 * page_size, &got), 0);
    EXPECT_EQ(got, 2 * page_size);
    EXPECT_EQ(read_error(path, page_size, at + page_size), 0);
    const auto zeros = [&](std::uint64_t offset, std::uint64_t length) {
        return store(server.fd(), {dax1, FUSE_IOMAP_WRITE_ZERO, address + offset, length, 0});
    };
    EXPECT_EQ(zeros(at + page_size - 1, 1), EHWPOISON);
    EXPECT_EQ(zeros(at - 1, 2), EHWPOISON);
    EXPECT_EQ(zeros(at - page_size, page_size), 0);
    EXPECT_EQ(zeros(at + page_size, page_size), 0);
    EXPECT_EQ(server.rejected(), 0U);
}

TEST_F(Failure, DeviceTakenAway) {
    constexpr std::uint64_t size = 8 * mebibyte;
    const std::string other = patterned(3, size, 0);
    const MappedFile other_mapped(other, size);
    program.extent(2, size, dax1, page_size);
    const std::string path = server.file(2, size);
    fill(path, size, dax1, page_size);
    const MappedFile mapped(path, size, true);
    ASSERT_EQ(first_wrong(mapped.data(), size, dax1, page_size), std::nullopt);

    unbind(1, "fsdev_dax");
    EXPECT_EQ(bus_error_reading(mapped.at(0)), BUS_ADRERR);
    EXPECT_EQ(read_error(path, page_size), EIO);
    EXPECT_EQ(first_wrong(other_mapped.data(), size, dax0, 0), std::nullopt);

    // Back, and still not this connection's.
    bind(1, "fsdev_dax");
    EXPECT_EQ(bus_error_reading(mapped.at(0)), BUS_ADRERR);
    FuseServer next;
    EXPECT_EQ(hand_over(next.fd(), 1), 1U);
}

} // namespace
} // namespace famfs::vmtest
