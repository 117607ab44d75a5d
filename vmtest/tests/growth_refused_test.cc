// SPDX-License-Identifier: GPL-2.0-only
// Files that do not grow, or not by as much as was asked for: the size is that of what was written.
#include "vmtest/tests/growing_mount.h"
#include "vmtest/tests/privileges.h"
#include "vmtest/tests/torn_buffer.h"

#include <cerrno>
#include <csignal>
#include <linux/capability.h>
#include <sys/stat.h>

namespace famfs::vmtest {
namespace {

constexpr std::uint64_t size = 2 * page_size + 100;
constexpr std::uint64_t room = 2 * mebibyte;

class NoGrowth : public GrowingMount {
protected:
    NoGrowth() : path(growing(2, size, room)), writer(open_for_writing(path)) {}

    /// What a program that maps the file sees of the end, too.
    void expect_size(std::uint64_t expected) {
        expect_contents(2, text(0, expected));
        EXPECT_EQ(::lseek(writer.get(), 0, SEEK_END), static_cast<off_t>(expected));
        const MappedFile mapped(path, room);
        const std::uint64_t beyond = (expected + page_size - 1) / page_size * page_size;
        EXPECT_EQ(bus_error_reading(mapped.at(beyond)), BUS_ADRERR);
    }

    std::string path;
    base::Fd writer;
};

class GrowthRefused : public NoGrowth, public testing::WithParamInterface<int> {};

TEST_P(GrowthRefused, WithTheServersErrno) {
    server.state().space.fallocate_error = GetParam();
    EXPECT_EQ(put(writer, text(size, 10), size), -GetParam());
    EXPECT_EQ(put(writer, text(0, 10), 5 * page_size), -GetParam());
    EXPECT_EQ(put(open_for_writing(path, O_APPEND), text(0, 10), 0), -GetParam());
    EXPECT_EQ(put(writer, text(100, 3 * page_size), 100), static_cast<ssize_t>(size - 100));
    EXPECT_EQ(::fallocate(writer.get(), 0, size, 1), -1);
    EXPECT_EQ(errno, GetParam());
    EXPECT_EQ(asked(), 5U);
    expect_size(size);
}

INSTANTIATE_TEST_SUITE_P(Errors, GrowthRefused, testing::Values(ENOSPC, EDQUOT, EFBIG, EPERM, EIO),
                         [](const auto &test) { return "Errno" + std::to_string(test.param); });

TEST_F(NoGrowth, WhereTheServerDoesNotKnowTheRequest) {
    server.state().space.fallocate_error = ENOSYS;
    EXPECT_EQ(put(writer, text(size, 10), size), -EFBIG);
    EXPECT_EQ(put(writer, text(100, 3 * page_size), 100), static_cast<ssize_t>(size - 100));
    EXPECT_EQ(::fallocate(writer.get(), 0, size, 1), -1);
    EXPECT_EQ(errno, EOPNOTSUPP);
    EXPECT_EQ(asked(), 1U);
    expect_size(size);
}

TEST_F(NoGrowth, BeyondMemoryThatIsNotThere) {
    const TornBuffer torn(text(size, 5 * page_size), 3 * page_size);
    EXPECT_EQ(put(writer, torn.view(), size), static_cast<ssize_t>(5 * page_size));
    EXPECT_EQ(server.state().space.length, 8 * page_size);
    expect_size(size + 5 * page_size);
}

TEST_F(NoGrowth, WhenNoMemoryIsThere) {
    const TornBuffer torn("", page_size);
    EXPECT_EQ(put(writer, torn.view(), size), -EFAULT);
    expect_size(size);
    // Nor a gap in front of nothing.
    EXPECT_EQ(put(writer, torn.view(), 20 * page_size), -EFAULT);
    EXPECT_EQ(asked(), 2U);
    expect_size(size);
}

TEST_F(NoGrowth, BeyondWhatTheProgramKnows) {
    program.extent(2, 5 * page_size, dax0, 0);
    EXPECT_EQ(put(writer, text(size, 8 * page_size), size), static_cast<ssize_t>(5 * page_size - size));
    expect_size(5 * page_size);
    EXPECT_EQ(put(writer, text(0, 10), 5 * page_size), -ENXIO);
    EXPECT_EQ(put(writer, text(0, 10), 7 * page_size), -ENXIO);
    expect_size(5 * page_size);
}

TEST_F(NoGrowth, WhenTheServerIsDead) {
    const MappedFile mapped(path, size);
    server.kill();
    EXPECT_EQ(put(writer, text(0, 5000), 0), 5000);
    EXPECT_EQ(put(writer, text(size, 10), size), -ENOTCONN);
    EXPECT_EQ(put(writer, text(100, 3 * page_size), 100), static_cast<ssize_t>(size - 100));
    EXPECT_EQ(::fallocate(writer.get(), 0, size, 1), -1);
    EXPECT_EQ(errno, ENOTCONN);
    EXPECT_EQ(::lseek(writer.get(), 0, SEEK_END), static_cast<off_t>(size));
    EXPECT_EQ(std::memcmp(mapped.data(), text(0, size).data(), size), 0);
}

/// The server makes the file longer by itself, and a writer who may not keep the set-user-ID bit is the first
/// to hear of it: in the middle of its write.
class LongerMeanwhile : public GrowingMount {
protected:
    int write_at(std::uint64_t offset, std::string_view bytes) {
        const std::string path = growing(2, size, room);
        server.state().files[2].mode = 04666;
        const base::Fd writer = open_for_writing(path);
        store_bytes(server.fd(), dax0, size, text(size, longer - size));
        server.state().files[2].size = longer;
        return without_capability(CAP_FSETID, [&] { return static_cast<int>(put(writer, bytes, offset)); });
    }

    void expect_longer() {
        EXPECT_EQ(server.state().files[2].mode, 0666U);
        expect_contents(2, text(0, longer));
    }

    static constexpr std::uint64_t longer = 9 * page_size;
};

TEST_F(LongerMeanwhile, StaysSoAfterAWriteInside) {
    EXPECT_EQ(write_at(10, text(10, 50)), 50);
    expect_longer();
}

TEST_F(LongerMeanwhile, StaysSoAfterAWriteAtTheEnd) {
    EXPECT_EQ(write_at(size, text(size, 50)), 50);
    expect_longer();
}

TEST_F(LongerMeanwhile, StaysSoAfterAWriteThatIsCutShort) {
    const TornBuffer torn(text(size, 20), page_size);
    EXPECT_EQ(write_at(size, torn.view()), 20);
    expect_longer();
}

} // namespace
} // namespace famfs::vmtest
