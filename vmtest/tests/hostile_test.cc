// SPDX-License-Identifier: GPL-2.0-only
// Wrong answers: each ends in EIO or SIGBUS, a count and a message, and touches nobody else.
#include "vmtest/tests/fiemap.h"
#include "vmtest/tests/hooked_mount.h"

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <vector>

namespace famfs::vmtest {
namespace {

constexpr std::uint64_t file_size = 4 * mebibyte;
constexpr std::uint64_t neighbour_address = 16 * mebibyte;

/// The kernel's messages from now on.
class KernelLog {
public:
    KernelLog() : file_(::open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {
        EXPECT_TRUE(file_) << std::strerror(errno);
        ::lseek(file_.get(), 0, SEEK_END);
    }
    [[nodiscard]] std::vector<std::string> lines_with(const std::string &text) const {
        std::vector<std::string> found;
        std::string line(8192, '\0');
        for (;;) {
            const ssize_t size = ::read(file_.get(), line.data(), line.size());
            if (size < 0 && errno == EPIPE)
                continue;
            if (size <= 0)
                return found;
            std::string message = line.substr(0, static_cast<std::size_t>(size));
            if (message.find(text) != std::string::npos)
                found.push_back(std::move(message));
        }
    }

private:
    base::Fd file_;
};

/// A right answer, bent in one place. Relative to the device's size, which the cases cannot know.
struct Wrong {
    const char *name;
    const char *message; ///< the field that the kernel names
    void (*bend)(fuse_iomap_io &answer, std::uint64_t device_size);
};

const Wrong wrong_answers[] = {
    {"AddressPastTheDevice", "addr", [](fuse_iomap_io &io, std::uint64_t size) { io.addr = size; }},
    {"EndPastTheDevice", "addr",
     [](fuse_iomap_io &io, std::uint64_t size) { io.addr = size - file_size + page_size; }},
    {"AddressThatOverflows", "addr", [](fuse_iomap_io &io, std::uint64_t) { io.addr = -page_size; }},
    {"NoAddress", "addr", [](fuse_iomap_io &io, std::uint64_t) { io.addr = ~0ULL; }},
    {"UnalignedAddress", "addr", [](fuse_iomap_io &io, std::uint64_t) { io.addr = 8; }},
    {"LengthThatOverflows", "length",
     [](fuse_iomap_io &io, std::uint64_t) { io.offset = page_size, io.length = -page_size; }},
    {"LengthPastTheDevice", "addr",
     [](fuse_iomap_io &io, std::uint64_t) { io.length = ~0ULL & ~(page_size - 1); }},
    {"ZeroLength", "length", [](fuse_iomap_io &io, std::uint64_t) { io.length = 0; }},
    {"LengthThatEndsInsideAPage", "length", [](fuse_iomap_io &io, std::uint64_t) { io.length = 100; }},
    {"EndsBeforeThePosition", "length", [](fuse_iomap_io &io, std::uint64_t) { io.length = page_size; }},
    {"StartsBehindThePosition", "offset",
     [](fuse_iomap_io &io, std::uint64_t) { io.offset = 2 * mebibyte + page_size; }},
    {"DeviceZero", "dev", [](fuse_iomap_io &io, std::uint64_t) { io.dev = 0; }},
    {"DeviceNobodyHandedOver", "dev", [](fuse_iomap_io &io, std::uint64_t) { io.dev = 3; }},
    {"DevicePastTheTable", "dev", [](fuse_iomap_io &io, std::uint64_t) { io.dev = 1025; }},
    {"DeviceOfAllOnes", "dev", [](fuse_iomap_io &io, std::uint64_t) { io.dev = ~0U; }},
    {"Hole", "type", [](fuse_iomap_io &io, std::uint64_t) { io.type = 0; }},
    {"DelayedAllocation", "type", [](fuse_iomap_io &io, std::uint64_t) { io.type = 1; }},
    {"Unwritten", "type", [](fuse_iomap_io &io, std::uint64_t) { io.type = 3; }},
    {"Inline", "type", [](fuse_iomap_io &io, std::uint64_t) { io.type = 4; }},
    {"UnknownType", "type", [](fuse_iomap_io &io, std::uint64_t) { io.type = 0xFFFF; }},
    {"Flags", "flags", [](fuse_iomap_io &io, std::uint64_t) { io.flags = 1; }},
    {"SharedFlag", "flags", [](fuse_iomap_io &io, std::uint64_t) { io.flags = 4; }},
    {"NothingAtAll", "type", [](fuse_iomap_io &io, std::uint64_t) { io = {}; }},
};

class Hostile : public HookedMount {
protected:
    Hostile()
        : neighbour(patterned(9, file_size, neighbour_address)), neighbour_mapped(neighbour, file_size) {}

    void TearDown() override {
        std::string bytes;
        EXPECT_EQ(read_whole(neighbour, bytes), 0);
        EXPECT_EQ(first_wrong(bytes.data(), bytes.size(), dax0, neighbour_address), std::nullopt);
        EXPECT_EQ(first_wrong(neighbour_mapped.data(), file_size, dax0, neighbour_address), std::nullopt);
    }

    /// Every access at 2 MiB, a place that both small and huge pages have, must end in an error and a count.
    void expect_refused_everywhere(const std::string &path) {
        auto counted = [&, before = server.rejected()]() mutable {
            const std::uint64_t now = server.rejected();
            return std::exchange(before, now) < now;
        };
        EXPECT_EQ(read_error(path, page_size, 2 * mebibyte), EIO);
        EXPECT_TRUE(counted());
        EXPECT_EQ(write_error(path, page_size, 2 * mebibyte), EIO);
        EXPECT_TRUE(counted());
        const MappedFile mapped(path, file_size, true);
        EXPECT_EQ(bus_error_reading(mapped.at(2 * mebibyte)), BUS_ADRERR);
        EXPECT_TRUE(counted());
        EXPECT_EQ(bus_error_writing(mapped.at(2 * mebibyte)), BUS_ADRERR);
        EXPECT_TRUE(counted());
        int error = 0;
        EXPECT_TRUE(extents_of(path, 2 * mebibyte, page_size, error).empty());
        EXPECT_EQ(error, EIO);
        EXPECT_TRUE(counted());
    }

    std::string neighbour;
    MappedFile neighbour_mapped;
};

class WrongAnswer : public Hostile, public testing::WithParamInterface<Wrong> {};

TEST_P(WrongAnswer, EndsInAnError) {
    fuse_iomap_io answer = {};
    answer.length = file_size;
    answer.type = FUSE_IOMAP_MAPPED;
    answer.dev = dax0;
    program.raw(2, answer);
    const std::string path = server.file(2, file_size);
    ASSERT_EQ(read_error(path, page_size, 2 * mebibyte), 0) << "the answer before it is bent";

    GetParam().bend(answer, dax_size(0));
    program.raw(2, answer);
    const KernelLog log;
    expect_refused_everywhere(path);
    const std::vector<std::string> messages = log.lines_with("answer of the iomap program rejected");
    ASSERT_FALSE(messages.empty());
    EXPECT_THAT(messages[0], testing::HasSubstr("nodeid 2 pos 0x200000: " + std::string(GetParam().message)));
    EXPECT_EQ(log.lines_with("WARNING").size(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Answers, WrongAnswer, testing::ValuesIn(wrong_answers),
                         [](const auto &test) { return std::string(test.param.name); });

struct Returned {
    int value;
    int seen; ///< errno of read(2)
    bool counted;
};

class ReturnValue : public Hostile, public testing::WithParamInterface<Returned> {};

TEST_P(ReturnValue, IsAnErrorOfTheUsualKind) {
    program.returns(2, GetParam().value);
    const std::string path = server.file(2, file_size);
    EXPECT_EQ(read_error(path, page_size), GetParam().seen);
    EXPECT_EQ(server.rejected() > 0, GetParam().counted);
    const MappedFile mapped(path, file_size);
    EXPECT_EQ(bus_error_reading(mapped.at(0)), GetParam().value == -EHWPOISON ? BUS_MCEERR_AR : BUS_ADRERR);
}

INSTANTIATE_TEST_SUITE_P(
    Errors, ReturnValue,
    testing::Values(Returned{-ENOENT, ENOENT, false}, Returned{-EIO, EIO, false},
                    Returned{-ENXIO, ENXIO, false}, Returned{-ENODATA, ENODATA, false},
                    Returned{-ERANGE, ERANGE, false}, Returned{-EPERM, EPERM, false},
                    Returned{-EOPNOTSUPP, EOPNOTSUPP, false}, Returned{-ESTALE, ESTALE, false},
                    // Bad memory is EIO to read(2), as everywhere.
                    Returned{-EHWPOISON, EIO, false},
                    // To the kernel these would mean something else.
                    Returned{-ENOMEM, EIO, true}, Returned{-EAGAIN, EIO, true}, Returned{-EINTR, EIO, true},
                    Returned{-512, EIO, true}, Returned{-529, EIO, true}, Returned{-5000, EIO, true},
                    Returned{1, EIO, true}, Returned{INT_MAX, EIO, true}, Returned{INT_MIN, EIO, true}),
    [](const auto &test) {
        return (test.param.value < 0 ? "Minus" : "Plus") +
               std::to_string(std::abs(static_cast<long>(test.param.value)));
    });

TEST_F(Hostile, ManyWrongAnswersFewMessages) {
    const KernelLog log;
    program.raw(2, {});
    const std::string path = server.file(2, file_size);
    for (int i = 0; i < 1000; ++i)
        ASSERT_EQ(read_error(path, 1), EIO);
    EXPECT_EQ(server.rejected(), 1000U);
    // DEFAULT_RATELIMIT_BURST, in each of the intervals that a slow machine may take for it.
    const std::size_t messages = log.lines_with("answer of the iomap program rejected").size();
    EXPECT_GE(messages, 1U);
    EXPECT_LE(messages, 100U);
}

TEST_F(Hostile, OneConnectionsNoiseIsNotAnothers) {
    program.raw(2, {});
    const std::string path = server.file(2, file_size);
    for (int i = 0; i < 100; ++i)
        read_error(path, 1);
    FuseServer other;
    Program its_program(other.fd());
    const Link its_link = its_program.attach();
    EXPECT_EQ(other.rejected(), 0U);
}

// A page belongs to one file at one offset.

TEST_F(Hostile, PageOfAnotherFile) {
    program.extent(2, file_size, dax0, neighbour_address);
    const std::string path = server.file(2, file_size);
    ASSERT_EQ(bus_error_reading(neighbour_mapped.at(0)), 0);
    const MappedFile mapped(path, file_size, true);
    EXPECT_EQ(bus_error_reading(mapped.at(0)), BUS_ADRERR);
    EXPECT_EQ(bus_error_writing(mapped.at(0)), BUS_ADRERR);
    EXPECT_GT(server.rejected(), 0U);
}

TEST_F(Hostile, PartOfAHugePageOfAnotherFile) {
    program.extent(2, 16 * page_size, dax0, neighbour_address + 5 * page_size);
    const std::string path = server.file(2, 16 * page_size);
    ASSERT_EQ(bus_error_reading(neighbour_mapped.at(0)), 0);
    const MappedFile mapped(path, 16 * page_size);
    EXPECT_EQ(bus_error_reading(mapped.at(0)), BUS_ADRERR);
    EXPECT_EQ(bus_error_reading(mapped.at(15 * page_size)), BUS_ADRERR);
}

TEST_F(Hostile, HugePageWithAPageOfAnotherFile) {
    const std::string small = patterned(3, page_size, 32 * mebibyte + 77 * page_size);
    program.extent(2, file_size, dax0, 32 * mebibyte);
    const std::string path = server.file(2, file_size);
    const MappedFile small_mapped(small, page_size);
    ASSERT_EQ(bus_error_reading(small_mapped.at(0)), 0);
    const MappedFile mapped(path, file_size);
    // All of its pages but the one that is taken.
    EXPECT_EQ(bus_error_reading(mapped.at(0)), 0);
    EXPECT_EQ(bus_error_reading(mapped.at(76 * page_size)), 0);
    EXPECT_EQ(bus_error_reading(mapped.at(77 * page_size)), BUS_ADRERR);
    EXPECT_EQ(bus_error_reading(mapped.at(78 * page_size)), 0);
    EXPECT_EQ(first_wrong(small_mapped.data(), page_size, dax0, 32 * mebibyte + 77 * page_size),
              std::nullopt);
}

TEST_F(Hostile, PageAtTwoPlacesOfOneFile) {
    hook_rule rule = {};
    rule.style = HOOK_EXTENTS;
    rule.extents[0] = {.length = file_size / 2, .address = 0, .device = dax0, .pad = 0};
    rule.extents[1] = rule.extents[0];
    program.rule(2, rule);
    const std::string path = server.file(2, file_size);
    const MappedFile mapped(path, file_size);
    EXPECT_EQ(bus_error_reading(mapped.at(0)), 0);
    EXPECT_EQ(bus_error_reading(mapped.at(file_size / 2)), BUS_ADRERR);
}

TEST_F(Hostile, DataThatMovesUnderTheFile) {
    const std::string path = patterned(2, file_size, 0);
    const MappedFile mapped(path, file_size);
    ASSERT_EQ(bus_error_reading(mapped.at(0)), 0);
    ASSERT_EQ(bus_error_reading(mapped.at(2 * mebibyte)), 0);
    program.extent(2, file_size, dax0, 64 * mebibyte);
    // What is mapped stays; a new fault is refused, and shows neither the old place nor the new one.
    EXPECT_EQ(first_wrong(mapped.data(), file_size, dax0, 0), std::nullopt);
    mapped.drop();
    EXPECT_EQ(bus_error_reading(mapped.at(0)), BUS_ADRERR);
    EXPECT_GT(server.rejected(), 0U);
    program.extent(2, file_size, dax0, 0);
    EXPECT_EQ(first_wrong(mapped.data(), file_size, dax0, 0), std::nullopt);
}

TEST_F(Hostile, PagesComeBackWithTheFile) {
    // A file that is gone gives its pages to the next, and the other way round, small and huge.
    server.state().valid_seconds = 0;
    for (int round = 0; round < 4; ++round) {
        const std::uint64_t address = 48 * mebibyte + (round % 2 == 0 ? 0 : page_size);
        const std::uint64_t nodeid = 20U + static_cast<unsigned>(round);
        const std::string path = patterned(nodeid, file_size, address);
        {
            const MappedFile mapped(path, file_size);
            EXPECT_EQ(first_wrong(mapped.data(), file_size, dax0, address), std::nullopt) << round;
        }
        // Its name goes, and with it the inode.
        server.state().files[nodeid].present = false;
        EXPECT_EQ(::access(path.c_str(), F_OK), -1);
        EXPECT_EQ(errno, ENOENT);
    }
    EXPECT_EQ(server.rejected(), 0U);
}

} // namespace
} // namespace famfs::vmtest
