// SPDX-License-Identifier: GPL-2.0-only
// Files that grow while others use them.
#include "vmtest/tests/fiemap.h"
#include "vmtest/tests/growing_mount.h"
#include "vmtest/tests/storm.h"
#include "vmtest/tests/torn_buffer.h"

#include <fcntl.h>
#include <functional>
#include <sys/stat.h>
#include <thread>
#include <vector>

namespace famfs::vmtest {
namespace {

constexpr std::uint64_t room = 8 * mebibyte;
constexpr std::uint64_t old_size = 2 * mebibyte;

/// Runs @action again and again until it goes out of scope.
class Repeat {
public:
    explicit Repeat(const std::function<void()> &action)
        : thread_([action](const std::stop_token &stop) {
              while (!stop.stop_requested())
                  action();
          }) {}

private:
    std::jthread thread_;
};

class GrowthRace : public GrowingMount {
protected:
    /// One write, during whose request the file is, for a while, nothing that the program knows.
    void grow_with_a_new_record(const base::Fd &writer, std::uint64_t end, std::uint64_t by,
                                std::uint64_t address) {
        const std::uint64_t before = asked();
        server.state().space.hold = true;
        const std::jthread growing(
            [&] { EXPECT_EQ(put(writer, text(end, by), end), static_cast<ssize_t>(by)); });
        while (asked() == before)
            ::usleep(100);
        program.withdraw(2);
        ::usleep(5000);
        program.extent(2, (end + by + page_size - 1) / page_size * page_size, dax0, address);
        server.state().space.hold = false;
    }
};

TEST_F(GrowthRace, RecordReplacedDuringTheRequest) {
    const std::uint64_t address = 32 * mebibyte + page_size;
    const std::string path = patterned(2, old_size, address);
    space_is_at(2, address);
    const base::Fd writer = open_for_writing(path);
    const base::Fd reader(::open(path.c_str(), O_RDONLY));
    std::atomic<int> wrong = 0;
    std::uint64_t end = old_size;
    {
        const MappedFile mapped(path, old_size);
        FaultStorm storm(mapped, old_size, dax0, address);
        const Repeat reading([&] {
            std::string bytes(old_size, '\0');
            const bool all = ::pread(reader.get(), bytes.data(), old_size, 0) == ssize_t{old_size};
            wrong += all && !first_wrong(bytes.data(), old_size, dax0, address) ? 0 : 1;
        });
        const Repeat asking([&, seen = std::uint64_t{0}]() mutable {
            struct statx status = {};
            (void)::statx(reader.get(), "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, STATX_SIZE, &status);
            wrong += status.stx_size < seen ? 1 : 0;
            seen = status.stx_size;
            int error = 0;
            wrong += extents_of(path, 0, old_size, error).size() == 1 ? 0 : 1;
        });
        for (int round = 0; round < 40; ++round) {
            storm.wait_for(500);
            grow_with_a_new_record(writer, end, 4321, address);
            end += 4321;
        }
        storm.stop();
        EXPECT_EQ(storm.failed(), 0U);
        EXPECT_EQ(storm.wrong(), 0U);
    }
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(server.rejected(), 0U);
    std::string bytes;
    ASSERT_EQ(read_whole(path, bytes), 0);
    EXPECT_TRUE(bytes.substr(old_size) == text(old_size, end - old_size));
}

TEST_F(GrowthRace, PagesOfACutAreNobodysAnyMore) {
    // Somebody looks beyond the end all the time: also while it is further away than it will stay.
    const std::string path = growing(2, old_size, room);
    const base::Fd writer = open_for_writing(path);
    const MappedFile mapped(path, room);
    const Repeat looking([&] {
        for (std::uint64_t at = old_size; at < old_size + 64 * page_size; at += page_size)
            (void)bus_error_reading(mapped.at(at));
    });
    const TornBuffer torn(text(old_size, page_size), 63 * page_size);
    for (int round = 0; round < 200; ++round) {
        ASSERT_EQ(put(writer, torn.view(), old_size), static_cast<ssize_t>(page_size));
        ASSERT_EQ(bus_error_reading(mapped.at(old_size + page_size)), BUS_ADRERR) << round;
        ASSERT_EQ(::ftruncate(writer.get(), old_size), 0);
    }
}

TEST_F(GrowthRace, AppendersShareTheFile) {
    constexpr std::size_t writers = 3;
    constexpr std::size_t records = 100;
    const std::string path = growing(2, 0, room);
    {
        std::vector<std::jthread> threads;
        for (std::size_t writer = 0; writer < writers; ++writer)
            threads.emplace_back([&, writer] {
                const base::Fd file = open_for_writing(path, O_APPEND);
                for (std::size_t i = 0; i < records; ++i) {
                    const std::string record(1 + (i * 997) % 5000, static_cast<char>('a' + writer));
                    EXPECT_EQ(put(file, record + '\n', 0), static_cast<ssize_t>(record.size() + 1));
                }
            });
    }
    std::string bytes;
    ASSERT_EQ(read_whole(path, bytes), 0);
    std::array<std::size_t, writers> next = {};
    for (std::size_t at = 0; at < bytes.size();) {
        const auto writer = static_cast<std::size_t>(bytes[at] - 'a');
        ASSERT_LT(writer, writers) << at;
        const std::size_t length = 1 + (next[writer]++ * 997) % 5000;
        ASSERT_TRUE(bytes.substr(at, length + 1) == std::string(length, bytes[at]) + '\n') << at;
        at += length + 1;
    }
    EXPECT_EQ(next, (std::array<std::size_t, writers>{records, records, records}));
}

} // namespace
} // namespace famfs::vmtest
