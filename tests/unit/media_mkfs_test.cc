// SPDX-License-Identifier: GPL-2.0-only
// A new file system: what is refused, in which order it is written, and labels.
#include "base/text.h"
#include "daemon/media/format/label.h"
#include "daemon/media/write/mkfs.h"
#include "tests/support/media_image.h"
#include "tests/support/recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace famfs::test {
namespace {

using media::gibibyte;
using media::mebibyte;
using media::MkfsOptions;
using media::Superblock;
using testing::HasSubstr;

Superblock superblock_of(std::span<const std::byte> device) {
    return media::snapshot<Superblock>(device, 0);
}

TEST(MediaMkfs, AnEmptyFileSystem) {
    const TestDevices devices = [] {
        TestDevices made({4 * gibibyte, 4 * gibibyte, 8 * gibibyte});
        made.mkfs();
        return made;
    }();
    const media::FileSystem fs = devices.parse();
    for (const media::Problem &problem : fs.problems())
        ADD_FAILURE() << problem.message;
    ASSERT_EQ(fs.devices().size(), 3U);
    for (std::size_t i = 0; i < 3; i++) {
        EXPECT_EQ(fs.devices()[i].size, devices.sizes()[i]);
        EXPECT_EQ(fs.devices()[i].uuid, uuid_of(static_cast<std::uint8_t>(i + 1)));
    }
    EXPECT_EQ(fs.superblock().system_uuid, uuid_of(0xAA));
    EXPECT_EQ(fs.superblock().uuid, uuid_of(0xBB));
    EXPECT_EQ(fs.usage().files + fs.usage().directories, 0U);
    EXPECT_EQ(fs.usage().log_used, 2U);
    EXPECT_EQ(fs.usage().capacity, 16 * gibibyte - 10 * mebibyte - 2 * 2 * mebibyte);
}

TEST(MediaMkfs, LogLengths) {
    for (const std::uint64_t length : {8 * mebibyte, 16 * mebibyte, 256 * mebibyte, gibibyte}) {
        TestDevices devices;
        devices.mkfs(length);
        const media::FileSystem fs = devices.parse();
        EXPECT_TRUE(fs.problems().empty());
        EXPECT_EQ(fs.usage().log_slots, (length - 48) / 544);
        EXPECT_EQ(fs.usage().largest_free_run, 4 * gibibyte - 2 * mebibyte - length);
    }
}

TEST(MediaMkfs, AllocationUnits) {
    for (const std::uint64_t unit : std::vector<std::uint64_t>{4096, 2 * mebibyte}) {
        TestDevices devices({4 * gibibyte, gibibyte});
        devices.mkfs(8 * mebibyte, unit);
        const media::FileSystem fs = devices.parse();
        EXPECT_TRUE(fs.problems().empty());
        EXPECT_EQ(fs.superblock().alloc_unit, unit);
        EXPECT_EQ(fs.usage().capacity, 5 * gibibyte - 12 * mebibyte);
    }
    TestDevices usual;
    sound(media::mkfs(usual.target(0), {}, {}, *usual.write_back));
    EXPECT_EQ(superblock_of(usual.primary()).alloc_unit, 2 * mebibyte);
}

struct Refusal {
    const char *name;
    std::uint64_t primary = 4 * gibibyte;
    std::uint64_t secondary = 4 * gibibyte;
    std::uint64_t log_length = 8 * mebibyte;
    std::uint64_t alloc_unit = 2 * mebibyte;
    int error = EINVAL;
};

TEST(MediaMkfs, WhatIsRefusedChangesNothing) {
    std::vector<Refusal> refusals = {
        {.name = "a small primary", .primary = 4095 * mebibyte},
        {.name = "a tiny primary", .primary = 4096},
        {.name = "a small secondary", .secondary = 4 * mebibyte - 4096},
        {.name = "log length 0", .log_length = 0},
        {.name = "a small log", .log_length = 4 * mebibyte},
        {.name = "a log length between powers of two", .log_length = 12 * mebibyte},
        {.name = "a log as long as the device", .log_length = 4 * gibibyte},
        {.name = "the longest log length", .log_length = 1ULL << 63},
    };
    for (const std::uint64_t unit : std::vector<std::uint64_t>{0, 1, 512, 4095, 8192, mebibyte,
                                                               2 * mebibyte + 4096, 4 * mebibyte, ~0ULL})
        refusals.push_back({.name = "an allocation unit that nobody reads", .alloc_unit = unit});
    for (const Refusal &refusal : refusals) {
        SCOPED_TRACE(refusal.name);
        const TestDevices devices({refusal.primary, refusal.secondary});
        Recorder recorder(devices.primary(), [](const Recorder::Step &) { ADD_FAILURE() << "a write"; });
        const auto made =
            media::mkfs(devices.target(0), {devices.target(1)},
                        {.log_length = refusal.log_length, .alloc_unit = refusal.alloc_unit}, recorder);
        ASSERT_FALSE(made);
        EXPECT_EQ(made.error().code, refusal.error);
        EXPECT_EQ(superblock_of(devices.primary()).magic, 0U);
        EXPECT_EQ(superblock_of(devices.target(1).bytes).magic, 0U);
    }
}

TEST(MediaMkfs, KeepsWhatIsThereUnlessForced) {
    TestDevices devices({4 * gibibyte, 4 * gibibyte});
    devices.mkfs();
    const auto before = devices.metadata();
    const TestDevices others;
    const auto write_back = media::write_back_to_page_cache();
    const auto make = [&](const media::TargetDevice &primary, const media::TargetDevice &secondary,
                          bool force) {
        return media::mkfs(primary, {secondary}, {.force = force}, *write_back);
    };
    const auto over_primary = make(devices.target(0), others.target(0), false);
    ASSERT_FALSE(over_primary);
    EXPECT_EQ(over_primary.error().code, EEXIST);
    EXPECT_THAT(over_primary.error().hint,
                HasSubstr(base::to_string(uuid_of(0xBB)) + " of host " + base::to_string(uuid_of(0xAA))));
    const auto over_label = make(others.target(0), devices.target(1), false);
    ASSERT_FALSE(over_label);
    EXPECT_EQ(over_label.error().code, EEXIST);
    EXPECT_THAT(over_label.error().hint, HasSubstr("a secondary device of file system"));
    EXPECT_EQ(superblock_of(others.primary()).magic, 0U) << "the good device was written to";
    EXPECT_TRUE(same(devices.metadata(), before));
    EXPECT_TRUE(make(devices.target(0), devices.target(1), true));
    EXPECT_FALSE(same(devices.metadata(), before));
}

/// A long log full of entries leaves nothing behind in a new, shorter one, and nothing of the old superblock.
TEST(MediaMkfs, OverAnOldOne) {
    TestDevices devices;
    std::ranges::fill(devices.primary().first(12 * mebibyte), std::byte{0xEE});
    devices.mkfs();
    const TestDevices fresh = [] {
        TestDevices made;
        made.mkfs();
        return made;
    }();
    EXPECT_TRUE(same(devices.primary().first(200), fresh.primary().first(200)));
    EXPECT_TRUE(same(devices.primary().subspan(media::log_offset, media::min_log_length),
                     fresh.primary().subspan(media::log_offset, media::min_log_length)));
}

/// At every fence but the last two lines the device is no famfs; the magic comes when all else is in place.
TEST(MediaMkfs, MagicComesLast) {
    TestDevices devices({4 * gibibyte, 4 * gibibyte});
    devices.mkfs();
    std::size_t valid = 0;
    std::size_t whole = 0;
    Recorder recorder(devices.primary(), [&](const Recorder::Step &) {
        if (superblock_of(devices.primary()).magic == 0)
            return;
        valid++;
        const auto parsed = media::FileSystem::parse(devices.primary(), devices.sizes());
        whole += parsed && parsed->problems().empty() && parsed->devices().size() == 2;
    });
    ASSERT_TRUE(media::mkfs(devices.target(0), {devices.target(1)}, {.force = true}, recorder));
    EXPECT_GT(recorder.steps.size(), 8U);
    EXPECT_EQ(valid, 2U) << "the last store's lines and fence";
    EXPECT_EQ(whole, valid);
    EXPECT_EQ(recorder.steps[0].offset, 0U) << "the old magic goes first";
}

TEST(MediaMkfs, Unmake) {
    TestDevices devices;
    devices.mkfs();
    const auto write_back = media::write_back_to_page_cache();
    auto before = devices.metadata();
    ASSERT_TRUE(media::unmake(devices.target(0), *write_back));
    std::fill_n(before.begin(), 8, std::byte{0});
    EXPECT_TRUE(same(devices.metadata(), before)) << "more than the magic changed";
    EXPECT_EQ(media::FileSystem::parse(devices.primary(), devices.sizes()).error().code, EMEDIUMTYPE);
    EXPECT_EQ(media::unmake(devices.target(0), *write_back).error().code, EMEDIUMTYPE);
    std::array<std::byte, 8> tiny{};
    EXPECT_EQ(media::unmake({tiny, "tiny"}, *write_back).error().code, EMEDIUMTYPE);
}

class MediaLabel : public testing::Test {
protected:
    MediaLabel() { devices_.mkfs(); }

    int check(std::span<const std::byte> device, std::uint8_t uuid) const {
        const auto checked =
            media::check_label(device, superblock_of(devices_.primary()), uuid_of(uuid), "a device");
        return checked ? 0 : checked.error().code;
    }
    [[nodiscard]] std::span<std::byte> device(std::size_t index) const {
        return devices_.target(index).bytes;
    }
    template <class Change>
    void change_label(Change change) {
        auto label = superblock_of(device(1));
        change(label);
        label.crc = media::crc_of(label);
        media::store(device(1), 0, label);
    }

    TestDevices devices_{{4 * gibibyte, 4 * gibibyte, 4 * gibibyte}};
};

TEST_F(MediaLabel, OfTheRightDevice) {
    EXPECT_EQ(check(device(1), 2), 0);
    EXPECT_EQ(check(device(2), 3), 0);
}

TEST_F(MediaLabel, OfTheWrongDevice) {
    EXPECT_EQ(check(device(1), 3), EMEDIUMTYPE) << "devices exchanged";
    EXPECT_EQ(check(device(0), 2), ENODATA) << "a primary";
    EXPECT_EQ(check(sparse(4 * gibibyte).bytes(), 2), ENODATA) << "no label";
    EXPECT_EQ(check(device(1).first(199), 2), ENODATA) << "cut short";
    EXPECT_EQ(check({}, 2), ENODATA);
}

TEST_F(MediaLabel, Damaged) {
    change_label([](Superblock &label) { label.uuid = uuid_of(9); });
    EXPECT_EQ(check(device(1), 2), EMEDIUMTYPE) << "another file system";
    change_label([](Superblock &label) { label.version = 49; });
    EXPECT_EQ(check(device(1), 2), ENOTSUP);
    devices_.mkfs();
    device(1)[70] ^= std::byte{1};
    EXPECT_EQ(check(device(1), 2), EUCLEAN);
}

TEST_F(MediaLabel, IsNoPrimary) {
    const std::vector<std::uint64_t> sizes = {4 * gibibyte};
    EXPECT_EQ(media::FileSystem::parse(device(1), sizes).error().code, EMEDIUMTYPE);
}

} // namespace
} // namespace famfs::test
