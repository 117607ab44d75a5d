// SPDX-License-Identifier: GPL-2.0-only
// Which cache lines flush writes back.
#include "daemon/ctl/image/dax_flush.h"
#include "daemon/media/write/author.h"
#include "tests/support/media_image.h"
#include "tests/support/recorder.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace famfs::ctl {
namespace {

using media::gibibyte;
using media::mebibyte;
using test::sound;

bool written_back(const test::Recorder &seen, std::uint64_t offset, std::uint64_t length) {
    return std::ranges::any_of(seen.steps, [&](const test::Recorder::Step &step) {
        return !step.fence && step.offset <= offset && step.offset + step.length >= offset + length;
    });
}

TEST(Flush, WritesBackWhatOthersLookAtAndThenFences) {
    test::TestDevices devices({4 * gibibyte});
    devices.mkfs();
    const auto empty = devices.parse();
    auto author = sound(media::Author::open(devices.primary(), empty, *devices.write_back));
    for (const char *name : {"a", "b"})
        sound(author.commit(sound(author.prepare(name, 5000, {}, {}))));
    const auto checked = devices.parse();
    const auto files = sound(nodes_below(checked, "b"));

    const std::span<std::byte> primary = devices.primary();
    test::Recorder recorder(primary, [](const auto &) {});
    ASSERT_TRUE(flush_lines(checked, files, {primary}, recorder));
    EXPECT_TRUE(written_back(recorder, 0, sizeof(media::Superblock)));
    EXPECT_TRUE(written_back(recorder, media::log_offset, media::entry_offset(2) - media::log_offset));
    EXPECT_FALSE(written_back(recorder, media::entry_offset(2), 1)) << "a slot that is not in use";
    EXPECT_TRUE(written_back(recorder, files[0].node->map.extents[0].offset, 5000));
    EXPECT_FALSE(written_back(recorder, checked.find_path("a")->map.extents[0].offset, 1)) << "not asked for";
    ASSERT_FALSE(recorder.steps.empty());
    EXPECT_TRUE(recorder.steps.back().fence);
}

} // namespace
} // namespace famfs::ctl
