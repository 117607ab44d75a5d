// SPDX-License-Identifier: GPL-2.0-only
// What a daemon says of itself comes out of the text as it went in, and what is odd in the text is an error
// that names the key.
#include "daemon/media/tree/json.h"
#include "daemon/status/mount_status.h"
#include "daemon/status/unpublished.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace famfs::test {
namespace {

using nlohmann::ordered_json;
using status::MountStatus;
using status::UnpublishedFile;
using testing::HasSubstr;

/// Every member has a value that no other has.
MountStatus sample() {
    MountStatus status{.pid = 17,
                       .device = "/dev/dax0.0",
                       .mountpoint = "/mnt/a \"b\"\n",
                       .data_path = "bpf",
                       .maps = "arena",
                       .pin = "dax0-0",
                       .new_files = MountStatus::allowed,
                       .publish = "after=2000ms",
                       .unpublished = {1, 2, 3, 4},
                       .files = 5,
                       .directories = 6,
                       .problems = {},
                       .map = {7, 8, 9, UINT64_MAX},
                       .usage = {10, 11, 12, 13, 14}};
    media::Problem problem;
    problem.code = "entry-crc";
    problem.entry = 15;
    problem.offset = 16;
    problem.found = "1";
    status.problems.push_back(problem);
    problem.severity = media::Severity::warning;
    problem.entry = media::Problem::no_entry;
    problem.message = "none";
    status.problems.push_back(problem);
    return status;
}

ordered_json parsed(const MountStatus &status) {
    return ordered_json::parse(media::to_text(to_json(status)));
}

TEST(MountStatus, ComesBackAsItWas) {
    const auto back = status::parse_status(media::to_text(to_json(sample())));
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(to_json(*back), to_json(sample()));
    EXPECT_EQ(back->map.most_bytes, UINT64_MAX);
    EXPECT_EQ(back->problems.at(0).entry, 15);
    EXPECT_EQ(back->problems.at(1).entry, media::Problem::no_entry);
    EXPECT_EQ(back->problems.at(1).severity, media::Severity::warning);
}

TEST(MountStatus, WhatThereIsNotComesBackAbsent) {
    const auto back = status::parse_status(media::to_text(to_json(MountStatus{})));
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_FALSE(back->maps || back->pin);
}

/// Calls @change with the place of every value, however deep, in a fresh copy.
void for_each_value(
    const ordered_json &all,
    const std::function<void(ordered_json copy, const ordered_json::json_pointer &)> &change) {
    const ordered_json flat = all.flatten();
    for (const auto &[place, value] : flat.items())
        change(all, ordered_json::json_pointer(place));
    for (const char *place : {"/unpublished", "/problems", "/problems/0", "/map", "/usage"})
        change(all, ordered_json::json_pointer(place));
}

TEST(MountStatus, MissingKeysAreNamed) {
    for_each_value(parsed(sample()), [](ordered_json copy, const ordered_json::json_pointer &place) {
        ordered_json &above = copy[place.parent_pointer()];
        if (!above.is_object())
            return;
        above.erase(place.back());
        const auto back = status::parse_status(copy.dump());
        ASSERT_FALSE(back) << place.to_string();
        EXPECT_EQ(back.error().code, EINVAL);
        EXPECT_THAT(back.error().object, HasSubstr(place.back()));
        EXPECT_THAT(back.error().message(), HasSubstr("missing"));
    });
}

TEST(MountStatus, OddValuesAreNamed) {
    for (const ordered_json &odd : {ordered_json(-1.5), ordered_json({{"a", 1}}), ordered_json({1, 2})})
        for_each_value(parsed(sample()), [&odd](ordered_json copy, const ordered_json::json_pointer &place) {
            copy[place] = odd;
            const auto back = status::parse_status(copy.dump());
            ASSERT_FALSE(back) << place.to_string() << " " << odd;
            EXPECT_THAT(back.error().message(), HasSubstr("cannot understand \""));
            if (copy[place.parent_pointer()].is_object() &&
                place.to_string().find("problems") == std::string::npos) {
                EXPECT_THAT(back.error().object, HasSubstr(place.back())) << odd;
            }
        });
}

TEST(MountStatus, WhatIsNoStatusIsAnError) {
    for (const char *text : {"", "{", "[]", "null", "7", "\"text\"", "{}", "\xff", "[[[[[["})
        EXPECT_EQ(status::parse_status(text).error().code, EINVAL) << text;
}

TEST(UnpublishedFiles, ComeBackAsTheyWere) {
    const std::vector<UnpublishedFile> files = {
        {.path = "a", .directory = true, .mode = 0755, .uid = 1, .gid = 2},
        {.path = "a/b",
         .mode = 0600,
         .uid = 3,
         .gid = UINT32_MAX,
         .size = 4,
         .space = 5,
         .open_for_writing = true}};
    const auto back = status::parse_unpublished(media::to_text(to_json(files)));
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(to_json(*back), to_json(files));
    ASSERT_TRUE(status::parse_unpublished("[]"));
}

TEST(UnpublishedFiles, OddValuesAreNamed) {
    const std::string file = R"({"path":"x","directory":false,"mode":1,"uid":4294967296,"gid":0,"size":0})";
    EXPECT_THAT(status::parse_unpublished("[" + file + "]").error().message(),
                HasSubstr("\"unpublished[0].uid\""));
    EXPECT_THAT(status::parse_unpublished("{}").error().message(), HasSubstr("\"unpublished\""));
    EXPECT_THAT(status::parse_unpublished("[1]").error().message(), HasSubstr("\"unpublished[0]\""));
}

} // namespace
} // namespace famfs::test
