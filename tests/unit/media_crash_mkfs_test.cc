// SPDX-License-Identifier: GPL-2.0-only
// A host that dies while it makes, or unmakes, a file system: there is the old one whole, or none, or the new
// one whole and empty.
#include "base/text.h"
#include "daemon/media/format/label.h"
#include "tests/support/crash_states.h"
#include "tests/support/write_session.h"

#include <gtest/gtest.h>

namespace famfs::test {
namespace {

using media::FileSystem;
using media::gibibyte;
using media::mebibyte;

const base::Uuid old_uuid = uuid_of(0xBB);
const base::Uuid new_uuid = uuid_of(0xCC);
constexpr std::uint64_t watched = 20 * mebibyte; ///< superblock and log of 16 MiB, the longest here

class CrashingMkfs {
public:
    explicit CrashingMkfs(const TestDevices &devices)
        : devices_(devices), watch_(regions(devices), [this] { return fault_now(); }) {
        if (const auto parsed = FileSystem::parse(devices.primary(), devices.sizes()))
            old_nodes_ = parsed->nodes().size();
    }

    void mkfs(std::uint64_t log_length = media::min_log_length,
              std::uint64_t alloc_unit = media::default_alloc_unit) {
        new_unit_ = alloc_unit;
        std::vector<media::TargetDevice> secondaries;
        for (std::size_t i = 1; i < devices_.sizes().size(); i++) {
            secondaries.push_back(devices_.target(i));
            secondaries.back().uuid = uuid_of(static_cast<std::uint8_t>(0x20 + i));
        }
        sound(
            media::mkfs(devices_.target(0), secondaries,
                        {.log_length = log_length, .alloc_unit = alloc_unit, .force = true, .uuid = new_uuid},
                        watch_.medium));
        finish(new_uuid);
    }
    void unmake() {
        sound(media::unmake(devices_.target(0), watch_.medium));
        finish({});
    }
    /// Now there must be the file system @uuid, or none.
    void finish(const base::Uuid &uuid) {
        required_ = uuid;
        watch_.crash_now();
    }

    [[nodiscard]] Medium &medium() { return watch_.medium; }
    [[nodiscard]] const std::string &fault() const { return watch_.fault; }
    [[nodiscard]] std::uint64_t states() const { return watch_.states; }

private:
    static std::vector<std::span<std::byte>> regions(const TestDevices &devices) {
        std::vector<std::span<std::byte>> regions = {devices.primary().first(watched)};
        for (std::size_t i = 1; i < devices.sizes().size(); i++)
            regions.push_back(devices.target(i).bytes.first(media::superblock_region));
        return regions;
    }

    std::string fault_now() {
        const auto parsed = FileSystem::parse(watch_.medium.image(0), devices_.sizes());
        const base::Uuid uuid = parsed ? parsed->superblock().uuid : base::Uuid{};
        if (required_ && uuid != *required_)
            return "not what was made: " + base::to_string(uuid);
        if (!parsed)
            return parsed.error().code == EMEDIUMTYPE ? "" : parsed.error().message();
        for (const media::Problem &problem : parsed->problems())
            return problem.message;
        if (parsed->superblock().alloc_unit != (uuid == new_uuid ? new_unit_ : media::default_alloc_unit))
            return "the allocation unit of the other one";
        const std::size_t nodes = uuid == old_uuid ? old_nodes_ : empty_nodes;
        if ((uuid != old_uuid && uuid != new_uuid) || parsed->nodes().size() != nodes)
            return "a mixture";
        if (uuid == new_uuid && !clear_behind(parsed->usage().log_used))
            return "an old entry in a slot that is free";
        if (parsed->devices().size() != devices_.sizes().size())
            return "without all devices";
        for (std::size_t i = 1; i < parsed->devices().size(); i++)
            if (auto checked = media::check_label(watch_.medium.image(i), parsed->superblock(),
                                                  parsed->devices()[i].uuid, "secondary");
                !checked)
                return checked.error().message();
        return {};
    }

    /// A writer that bumps next_index before its entry is there would make an old one valid.
    [[nodiscard]] bool clear_behind(std::uint64_t entries) const {
        const auto beyond =
            watch_.medium.image(0).subspan(media::entry_offset(entries), old_slots * sizeof(media::LogEntry));
        return std::ranges::all_of(beyond, [](std::byte byte) { return byte == std::byte{0}; });
    }

    static constexpr std::uint64_t old_slots = 8; ///< at least as many as a test had used
    static constexpr std::size_t empty_nodes = 4; ///< the root and .meta

    const TestDevices &devices_;
    CrashWatch watch_;
    std::size_t old_nodes_ = 0;
    std::uint64_t new_unit_ = media::default_alloc_unit;
    std::optional<base::Uuid> required_;
};

const std::vector<std::uint64_t> one_device = {4 * gibibyte};
const std::vector<std::uint64_t> three_devices = {4 * gibibyte, gibibyte, gibibyte};

/// With some files in it.
TestDevices used(const std::vector<std::uint64_t> &sizes, std::uint64_t log_length = media::min_log_length) {
    TestDevices devices(sizes);
    devices.mkfs(log_length);
    const FileSystem fs = devices.parse();
    auto author = sound(media::Author::open(devices.primary(), fs, *devices.write_back));
    sound(author.make_directory("d", {}, false));
    for (const char *path : {"d/one", "two", "d/three"})
        sound(author.commit(sound(author.prepare(path, 5 * mebibyte, {}, {}))));
    return devices;
}

void expect_sound(const CrashingMkfs &crashing, std::uint64_t states) {
    EXPECT_EQ(crashing.fault(), "");
    EXPECT_GT(crashing.states(), states);
    testing::Test::RecordProperty("states", static_cast<int>(crashing.states()));
}

TEST(MediaCrashMkfs, OnEmptyDevices) {
    for (const auto &sizes : {one_device, three_devices}) {
        const TestDevices devices(sizes);
        CrashingMkfs crashing(devices);
        crashing.mkfs();
        expect_sound(crashing, 500);
    }
}

TEST(MediaCrashMkfs, OverAnOldOne) {
    for (const auto &sizes : {one_device, three_devices}) {
        const TestDevices devices = used(sizes);
        CrashingMkfs crashing(devices);
        crashing.mkfs();
        expect_sound(crashing, 500);
    }
}

TEST(MediaCrashMkfs, OverOneWithALongerOrShorterLog) {
    for (const auto &[before, after] : {std::pair(16, 8), std::pair(8, 16)}) {
        const TestDevices devices = used(one_device, static_cast<std::uint64_t>(before) * mebibyte);
        CrashingMkfs crashing(devices);
        crashing.mkfs(static_cast<std::uint64_t>(after) * mebibyte);
        expect_sound(crashing, 500);
    }
}

/// A superblock of the one and a log of the other would give space away twice.
TEST(MediaCrashMkfs, OverOneWithAnotherAllocationUnit) {
    const TestDevices devices = used(one_device);
    CrashingMkfs smaller(devices);
    smaller.mkfs(media::min_log_length, media::small_alloc_unit);
    expect_sound(smaller, 500);
}

TEST(MediaCrashMkfs, Unmake) {
    const TestDevices devices = used(three_devices);
    CrashingMkfs crashing(devices);
    crashing.unmake();
    expect_sound(crashing, 1);
    CrashingMkfs again(devices);
    again.mkfs();
    expect_sound(again, 500);
}

/// Makers that are careless, to see that it is found.
class MediaCrashCarelessMkfs : public testing::Test {
protected:
    MediaCrashCarelessMkfs() : old_(used(one_device)), crashing_(old_) {
        TestDevices made(one_device);
        sound(media::mkfs(made.target(0), {}, {.uuid = new_uuid}, *made.write_back));
        new_ = made.metadata();
    }
    void put(std::uint64_t offset, std::uint64_t length) {
        std::ranges::copy(std::span(new_).subspan(offset, length),
                          old_.primary().begin() + static_cast<std::ptrdiff_t>(offset));
        crashing_.medium().lines(old_.primary().subspan(offset, length));
    }
    void superblock() { put(0, sizeof(media::Superblock)); }
    void log() { put(media::log_offset, media::min_log_length); }
    void clear_magic() {
        media::store(old_.primary(), 0, std::uint64_t{0});
        crashing_.medium().lines(old_.primary().first(sizeof(media::Superblock)));
    }
    void all_but_the_last_fence() {
        clear_magic();
        fence();
        log();
        fence();
        put(8, sizeof(media::Superblock) - 8);
        fence();
        put(0, 8);
    }
    void fence() { crashing_.medium().fence(); }

    TestDevices old_;
    CrashingMkfs crashing_;
    std::vector<std::byte> new_;
};

TEST_F(MediaCrashCarelessMkfs, CarefulByHand) {
    all_but_the_last_fence();
    fence();
    crashing_.finish(new_uuid);
    EXPECT_EQ(crashing_.fault(), "");
}

TEST_F(MediaCrashCarelessMkfs, SuperblockBeforeTheLog) {
    clear_magic();
    fence();
    superblock();
    fence();
    EXPECT_NE(crashing_.fault(), "");
}

TEST_F(MediaCrashCarelessMkfs, OldMagicLeftWhileTheLogGoes) {
    log();
    fence();
    EXPECT_NE(crashing_.fault(), "");
}

TEST_F(MediaCrashCarelessMkfs, NoFenceBehindTheLog) {
    clear_magic();
    fence();
    log();
    put(8, sizeof(media::Superblock) - 8);
    put(0, 8);
    fence();
    EXPECT_NE(crashing_.fault(), "");
}

TEST_F(MediaCrashCarelessMkfs, MagicWithTheRestOfTheSuperblock) {
    clear_magic();
    fence();
    log();
    fence();
    superblock();
    fence();
    EXPECT_NE(crashing_.fault(), "");
}

TEST_F(MediaCrashCarelessMkfs, DoneBeforeTheMagicIsThere) {
    all_but_the_last_fence();
    crashing_.finish(new_uuid);
    EXPECT_NE(crashing_.fault().find("not what was made"), std::string::npos) << crashing_.fault();
}

} // namespace
} // namespace famfs::test
