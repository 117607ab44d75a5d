// SPDX-License-Identifier: GPL-2.0-only
// Which host this is, and whether it may write to a file system.
#include "base/uuid.h"
#include "daemon/device/system_uuid.h"
#include "tests/support/media_image.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

namespace famfs::test {
namespace {

/// A file of its own for the uuid of this host.
class SystemUuid : public testing::Test {
protected:
    SystemUuid() {
        directory_ = std::filesystem::temp_directory_path() / ("famfs-role-" + std::to_string(::getpid()));
        path_ = directory_ / "deep" / "system_uuid";
        ::setenv("FAMFS_SYSTEM_UUID_FILE", path_.c_str(), 1);
    }
    ~SystemUuid() override {
        ::unsetenv("FAMFS_SYSTEM_UUID_FILE");
        std::filesystem::remove_all(directory_);
    }
    void write(const std::string &text) const {
        std::filesystem::create_directories(path_.parent_path());
        std::ofstream(path_) << text;
    }

    std::filesystem::path directory_;
    std::filesystem::path path_;
};

TEST_F(SystemUuid, MadeOnFirstUseOnly) {
    EXPECT_EQ(device::system_uuid().error().code, ENOENT);
    const base::Uuid made = sound(device::make_system_uuid());
    EXPECT_NE(made, base::Uuid{});
    EXPECT_EQ(sound(device::system_uuid()), made);
    EXPECT_EQ(sound(device::make_system_uuid()), made);
    EXPECT_EQ(std::filesystem::status(path_).permissions(), std::filesystem::perms(0444));
}

TEST_F(SystemUuid, TextOfOtherTools) {
    const base::Uuid expected = sound(base::parse_uuid("11111111-2222-4333-8444-555555555555"));
    for (const char *text :
         {"11111111-2222-4333-8444-555555555555", "11111111-2222-4333-8444-555555555555\n"}) {
        write(text);
        EXPECT_EQ(sound(device::system_uuid()), expected);
    }
    for (const char *text : {"", "\n", "1111", "not a uuid at all, and long enough for one"}) {
        write(text);
        EXPECT_EQ(device::system_uuid().error().code, EINVAL) << text;
        EXPECT_EQ(device::make_system_uuid().error().code, EINVAL) << text << ": it was overwritten";
    }
}

TEST_F(SystemUuid, OnlyTheMasterWrites) {
    media::Superblock superblock{};
    superblock.system_uuid = uuid_of(7);
    EXPECT_EQ(device::require_master(superblock).error().code, EROFS) << "no uuid yet";
    write(base::to_string(uuid_of(8)));
    EXPECT_EQ(device::require_master(superblock).error().code, EROFS);
    write(base::to_string(uuid_of(7)));
    EXPECT_TRUE(device::require_master(superblock));
}

} // namespace
} // namespace famfs::test
