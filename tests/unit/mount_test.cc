// SPDX-License-Identifier: GPL-2.0-only
// What the daemon knows about mounts without making one: the mount table, directory replies, pin names.
#include "daemon/fuse/mount_table.h"
#include "daemon/fuse/reply.h"
#include "loader/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/fuse.h>

namespace famfs {
namespace {

TEST(MountTable, ReadsFieldsAndEscapes) {
    const auto table = fuse::parse_mount_table("22 27 0:21 / /proc rw,relatime - proc proc rw\n"
                                               "43 27 0:40 / /mnt/with\\040space\\134x rw,nosuid shared:1 "
                                               "master:2 - fuse.famfs /dev/dax0.0 rw,user_id=0\n");
    ASSERT_EQ(table.size(), 2U);
    EXPECT_EQ(table[1].id, 43U);
    EXPECT_EQ(table[1].mountpoint, "/mnt/with space\\x");
    EXPECT_EQ(table[1].type, "fuse.famfs");
    EXPECT_EQ(table[1].source, "/dev/dax0.0");
}

TEST(MountTable, LeavesOutWhatIsNoMount) {
    EXPECT_TRUE(fuse::parse_mount_table("").empty());
    EXPECT_TRUE(
        fuse::parse_mount_table("\n\nnonsense\n1 2 3 - x y\nx 27 0:21 / /proc rw - proc proc rw\n").empty());
    EXPECT_TRUE(fuse::parse_mount_table("22 27 0:21 / /proc rw - proc").empty());
    EXPECT_EQ(fuse::parse_mount_table("22 27 0:21 / /a\\04 rw - proc proc rw").at(0).mountpoint, "/a\\04");
}

// The kernel escapes space, tab, newline and backslash, and nothing else.
TEST(MountTable, TakesAnyByteOfAName) {
    const std::string odd = "/m/\r\v\f\x01\xff#";
    const auto table = fuse::parse_mount_table("43 27 0:40 / " + odd + "\\011\\012 rw - fuse.famfs " + odd +
                                               " rw\n44 43 0:41 / /m/over rw - fuse.famfs a rw\n"
                                               "45 44 0:42 / /m/over rw - fuse.famfs b rw\n");
    ASSERT_EQ(table.size(), 3U);
    EXPECT_EQ(table[0].mountpoint, odd + "\t\n");
    EXPECT_EQ(table[0].source, odd);
    EXPECT_EQ(table[1].mountpoint, table[2].mountpoint) << "one on top of the other";
    EXPECT_EQ(table[2].source, "b");
}

TEST(DirectoryReply, StopsWhereTheRoomEnds) {
    const fuse::Attributes attributes{.nodeid = 17};
    for (const bool plus : {false, true}) {
        const std::size_t head = plus ? FUSE_NAME_OFFSET_DIRENTPLUS : FUSE_NAME_OFFSET;
        fuse::DirectoryReply reply(2 * (head + 8), plus);
        EXPECT_TRUE(reply.add("12345678", attributes, 1));
        EXPECT_FALSE(reply.add("123456789", attributes, 2)) << "one byte too long";
        EXPECT_TRUE(reply.add("1", attributes, 2)) << "padded to eight";
        EXPECT_FALSE(reply.add("1", attributes, 3));
    }
    fuse::DirectoryReply none(0, true);
    EXPECT_FALSE(none.add_dots(".", 1, 1));
}

TEST(PinName, HoldsOnlyWhatBpffsTakes) {
    EXPECT_EQ(loader::pin_name("/dev/dax0.0"), "dax0-0");
    EXPECT_EQ(loader::pin_name("/dev/dax12.3"), "dax12-3");
    EXPECT_EQ(loader::pin_name("/dev/by id/a b\xff_c"), "a-b-_c");
    EXPECT_EQ(loader::pin_name("/dev/" + std::string(100, 'x')), std::string(63, 'x'));
}

} // namespace
} // namespace famfs
