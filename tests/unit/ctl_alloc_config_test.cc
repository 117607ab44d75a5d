// SPDX-License-Identifier: GPL-2.0-only
// The defaults for striping, as famfs keeps them.
#include "daemon/ctl/image/alloc_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace famfs::ctl {
namespace {

using testing::HasSubstr;

constexpr const char *head = "interleaved_alloc:\n";

base::Expected<media::Striping> parse(const std::string &text) {
    return parse_alloc_config(text, "FILE");
}

TEST(AllocConfig, Whole) {
    const auto striping =
        parse("# ours\ninterleaved_alloc:\n  nbuckets: 8\n  nstrips: 6\n  chunk_size: 2M\n");
    ASSERT_TRUE(striping) << striping.error().message();
    EXPECT_EQ(striping->buckets, 8U);
    EXPECT_EQ(striping->strips, 6U);
    EXPECT_EQ(striping->chunk, 2U << 20);
}

TEST(AllocConfig, DefaultsOfWhatIsNotThere) {
    const auto striping = parse("interleaved_alloc: {nstrips: 16}");
    ASSERT_TRUE(striping) << striping.error().message();
    EXPECT_EQ(striping->strips, 16U);
    EXPECT_EQ(striping->buckets, 0U);
    EXPECT_EQ(striping->chunk, media::default_alloc_unit);
}

TEST(AllocConfig, SuffixesOfSizes) {
    const std::pair<const char *, std::uint64_t> sizes[] = {
        {"4k", 4096},     {"4194304", 4U << 20}, {"2048k", 2U << 20}, {"4096K", 4U << 20},
        {"2m", 2U << 20}, {"8M", 8U << 20},      {"1g", 1U << 30},    {"2G", 2ULL << 30}};
    for (const auto &[text, bytes] : sizes) {
        const auto striping = parse(std::string(head) + "  nstrips: 2\n  chunk_size: " + text);
        ASSERT_TRUE(striping) << striping.error().message();
        EXPECT_EQ(striping->chunk, bytes) << text;
    }
}

struct Refused {
    const char *text;
    const char *place; ///< line and field
    const char *reason;
};

class AllocConfigRefused : public testing::TestWithParam<Refused> {};

TEST_P(AllocConfigRefused, NamesFileLineAndField) {
    const auto striping = parse(GetParam().text);
    ASSERT_FALSE(striping);
    EXPECT_EQ(striping.error().code, EINVAL);
    EXPECT_EQ(striping.error().object, std::string("FILE ") + GetParam().place);
    EXPECT_THAT(striping.error().hint, HasSubstr(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    Fields, AllocConfigRefused,
    testing::Values(
        Refused{"", "line 1, top level", "expected interleaved_alloc"},
        Refused{"- 1", "line 1, top level", "expected interleaved_alloc"},
        Refused{"interleave: {nstrips: 2}", "line 1, top level", "expected interleaved_alloc"},
        Refused{"interleaved_alloc: {nstrips: 2}\nmore: 1", "line 1, top level", "nothing else"},
        Refused{"interleaved_alloc: 7\n", "line 1, interleaved_alloc", "nstrips"},
        Refused{"interleaved_alloc:\n  nbuckets: 2\n", "line 2, interleaved_alloc.nstrips", "missing"},
        Refused{"interleaved_alloc:\n  nstrips: 17\n", "line 2, interleaved_alloc.nstrips", "\"17\""},
        Refused{"interleaved_alloc:\n  nstrips: 0\n", "line 2, interleaved_alloc.nstrips", "1 to 16"},
        Refused{"interleaved_alloc:\n  nstrips: -1\n", "line 2, interleaved_alloc.nstrips", "1 to 16"},
        Refused{"interleaved_alloc:\n  nstrips: 4294967298\n", "line 2, interleaved_alloc.nstrips",
                "1 to 16"},
        Refused{"interleaved_alloc:\n  nstrips: [2]\n", "line 2, interleaved_alloc.nstrips", "no value"},
        Refused{"interleaved_alloc:\n  nstrips: 2\n  nstrips: 3\n", "line 3, interleaved_alloc.nstrips",
                "twice"},
        Refused{"interleaved_alloc:\n  nstrips: 2\n  nbuckets: 65\n", "line 3, interleaved_alloc.nbuckets",
                "1 to 64"},
        Refused{"interleaved_alloc:\n  nstrips: 3\n  nbuckets: 2\n", "line 2, interleaved_alloc.nstrips",
                "more strips"},
        Refused{"interleaved_alloc:\n  nstrips: 2\n  chunk_size: 3M\n",
                "line 3, interleaved_alloc.chunk_size", "power"},
        Refused{"interleaved_alloc:\n  nstrips: 2\n  chunk_size: 2K\n",
                "line 3, interleaved_alloc.chunk_size", "power"},
        Refused{"interleaved_alloc:\n  nstrips: 2\n  chunk_size: 2MB\n",
                "line 3, interleaved_alloc.chunk_size", "\"2MB\""},
        Refused{"interleaved_alloc:\n  nstrips: 2\n  chunk_size: 17179869184G\n",
                "line 3, interleaved_alloc.chunk_size", "power"},
        Refused{"interleaved_alloc:\n  nstrips: 2\n  chunk: 2M\n", "line 3, interleaved_alloc.chunk",
                "known are"},
        Refused{"interleaved_alloc: {nstrips: 2\n", "line 2, syntax", ""}));

TEST(AllocConfig, MissingFile) {
    EXPECT_EQ(read_alloc_config("/nowhere/at/all").error().code, ENOENT);
}

} // namespace
} // namespace famfs::ctl
