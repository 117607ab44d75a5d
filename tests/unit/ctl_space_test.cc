// SPDX-License-Identifier: GPL-2.0-only
// The drawing of fsck --map, as text.
#include "daemon/ctl/commands/space_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace famfs::ctl {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::uint64_t mebibyte = 1ULL << 20;
constexpr std::uint64_t gibibyte = 1ULL << 30;
constexpr TerminalStyle plain{.width = 80, .color = false, .utf8 = false};

Stretch stretch(Holder holder, std::uint64_t start, std::uint64_t length) {
    return {holder, start, start + length};
}

std::vector<std::string> lines(const std::string &text) {
    std::vector<std::string> result;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        result.push_back(line);
    return result;
}

DeviceSpace device_of_4_gib() {
    return {4 * gibibyte,
            {stretch(Holder::superblock, 0, 2 * mebibyte), stretch(Holder::log, 2 * mebibyte, 16 * mebibyte),
             stretch(Holder::file, 24 * mebibyte, 12 * mebibyte),
             stretch(Holder::file, 512 * mebibyte, 512 * mebibyte),
             stretch(Holder::problem, 4 * gibibyte - 1, 1)}};
}

TEST(SpaceMap, ShowsWhoHasWhatAndHowMuchOfIt) {
    const std::vector<DeviceSpace> devices = {device_of_4_gib()};
    const auto drawn = lines(space_map(devices, plain));
    ASSERT_EQ(drawn.size(), 10U);
    EXPECT_EQ(drawn[0], "device 0: 4 GiB, a character is 8 MiB");
    EXPECT_EQ(drawn[1], "        0 B SLL#5" + std::string(59, '.'));
    EXPECT_EQ(drawn[2], "    512 MiB " + std::string(64, '#'));
    EXPECT_EQ(drawn[3], "      1 GiB " + std::string(64, '.'));
    EXPECT_EQ(drawn[8], "    3.5 GiB " + std::string(63, '.') + "!");
    EXPECT_EQ(drawn[9], "  ! problem  S superblock  L log  # used  1-9 tenths used  . free");
}

TEST(SpaceMap, BlocksWhereTheLocaleHasThem) {
    const std::vector<DeviceSpace> devices = {device_of_4_gib()};
    const std::string text = space_map(devices, {.width = 80, .color = false, .utf8 = true});
    EXPECT_THAT(text, HasSubstr("SLL█▄·"));
    EXPECT_THAT(text, HasSubstr("▁-▇ partly used"));
    EXPECT_THAT(text, Not(HasSubstr("\033")));
}

/// Taking the color away leaves the same drawing.
TEST(SpaceMap, ColorAddsNothingButColor) {
    const std::vector<DeviceSpace> devices = {device_of_4_gib()};
    std::string text = space_map(devices, {.width = 80, .color = true, .utf8 = false});
    EXPECT_THAT(text, HasSubstr("\033[1;31m!\033[0m"));
    for (std::size_t at = 0; (at = text.find('\033')) != std::string::npos;)
        text.erase(at, text.find('m', at) - at + 1);
    EXPECT_EQ(text, space_map(devices, plain));
}

TEST(SpaceMap, SharesOfACell) {
    std::vector<DeviceSpace> devices = {{4 * gibibyte, {}}};
    const auto first_cell = [&](std::uint64_t used) {
        devices[0].stretches = {stretch(Holder::file, 0, used)};
        return lines(space_map(devices, plain))[1].substr(12, 2);
    };
    EXPECT_EQ(first_cell(4096), "1.") << "a little is not nothing";
    EXPECT_EQ(first_cell(4 * mebibyte), "5.");
    EXPECT_EQ(first_cell(8 * mebibyte - 4096), "9.") << "nearly all is not all";
    EXPECT_EQ(first_cell(8 * mebibyte), "#.");
    EXPECT_EQ(first_cell(8 * mebibyte + 4096), "#1");
}

TEST(SpaceMap, TheLastCellMayBeShorter) {
    const std::uint64_t size = 4 * gibibyte + 6 * mebibyte;
    const std::vector<DeviceSpace> devices = {
        {size, {stretch(Holder::file, size - 6 * mebibyte, 6 * mebibyte)}}};
    const auto drawn = lines(space_map(devices, plain));
    EXPECT_EQ(drawn[0], "device 0: 4.0 GiB, a character is 16 MiB");
    EXPECT_EQ(drawn[5], "      4 GiB #");
}

TEST(SpaceMap, FitsOnAScreen) {
    for (const std::size_t width : {1U, 32U, 40U, 80U, 81U, 200U})
        for (const std::size_t count : {1U, 2U, 3U, 7U, 8U, 65U}) {
            const std::vector<DeviceSpace> devices(count, {1ULL << 44, {}});
            const auto drawn = lines(space_map(devices, {.width = width, .color = false, .utf8 = false}));
            EXPECT_LE(drawn.size(), 20U) << count << " devices, width " << width;
            for (const std::string &line : drawn)
                EXPECT_TRUE(line.starts_with("device ") || line.size() <= std::max<std::size_t>(width, 32))
                    << line;
        }
    EXPECT_EQ(space_map({}, plain), "");
}

TEST(SpaceMap, SaysHowManyDevicesAreNotDrawn) {
    const std::vector<DeviceSpace> devices(9, {gibibyte, {}});
    EXPECT_THAT(space_map(devices, plain), HasSubstr("and 2 devices more\n"));
}

} // namespace
} // namespace famfs::ctl
