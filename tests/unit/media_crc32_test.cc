// SPDX-License-Identifier: GPL-2.0-only
// zlib says what a checksum is.
#include "daemon/media/format/crc32.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <vector>
#include <zlib.h>

namespace famfs::test {
namespace {

std::uint64_t zlib(const unsigned char *bytes, std::size_t length) {
    return ::crc32(0, bytes, static_cast<uInt>(length));
}

/// In memory of that very size, so that the sanitizer sees a read beyond the end.
TEST(MediaCrc32, EveryLengthAndAlignment) {
    std::mt19937 random(1);
    for (std::size_t length = 0; length <= 1100; length++)
        for (std::size_t offset = 0; offset < 16; offset++) {
            std::vector<unsigned char> bytes(offset + length);
            std::ranges::generate(bytes, [&random] { return static_cast<unsigned char>(random()); });
            const unsigned char *start = bytes.data() + offset;
            ASSERT_EQ(media::crc32_of(start, length), zlib(start, length)) << length << " at " << offset;
        }
}

TEST(MediaCrc32, ZerosOnesAndSingleBits) {
    for (const std::size_t length : {24, 64, 79, 80, 96, 127, 128, 536, 1024}) {
        for (const unsigned char fill : {0, 0xFF}) {
            const std::vector<unsigned char> bytes(length, fill);
            EXPECT_EQ(media::crc32_of(bytes.data(), length), zlib(bytes.data(), length)) << length;
        }
        std::vector<unsigned char> bytes(length);
        for (std::size_t bit = 0; bit < length * 8; bit++) {
            bytes[bit / 8] = static_cast<unsigned char>(1U << bit % 8);
            ASSERT_EQ(media::crc32_of(bytes.data(), length), zlib(bytes.data(), length))
                << length << ", " << bit;
            bytes[bit / 8] = 0;
        }
    }
}

TEST(MediaCrc32, KnownValue) {
    EXPECT_EQ(media::crc32_of("123456789", 9), 0xCBF43926U);
}

} // namespace
} // namespace famfs::test
