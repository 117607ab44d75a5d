// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/device/device.h"
#include "daemon/device/whole_devices.h"

#include "base/fd.h"

#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <vector>

namespace famfs::device {
namespace {

constexpr std::uint64_t page = 4096;
constexpr std::uint64_t image_size = 16 * page;

class DeviceTest : public testing::Test {
protected:
    DeviceTest() {
        std::string name = testing::TempDir() + "famfs-device.XXXXXX";
        folder_ = ::mkdtemp(name.data());
        path_ = folder_ + "/image";
        std::ofstream(path_) << "famfs";
        resize(image_size);
    }
    ~DeviceTest() override { std::filesystem::remove_all(folder_); }

    void resize(std::uint64_t size) const { std::filesystem::resize_file(path_, size); }
    static std::vector<std::byte> bytes(std::size_t count, int value) {
        return std::vector(count, static_cast<std::byte>(value));
    }

    std::string folder_;
    std::string path_;
};

TEST_F(DeviceTest, ShowsAnImageWhole) {
    const auto device = Device::open(path_, Access::read);
    ASSERT_TRUE(device) << device.error().message();
    EXPECT_EQ(device->kind(), Kind::image);
    EXPECT_EQ(device->size(), image_size);
    EXPECT_EQ(device->path(), path_);
    ASSERT_EQ(device->bytes().size(), image_size);
    EXPECT_EQ(device->bytes()[1], std::byte{'a'});
}

TEST_F(DeviceTest, HeldBeforeItsBytesAreThere) {
    auto device = Device::hold(path_, Access::write);
    ASSERT_TRUE(device) << device.error().message();
    EXPECT_EQ(device->size(), image_size);
    EXPECT_TRUE(device->bytes().empty());
    for (int i = 0; i < 2; i++) {
        ASSERT_TRUE(device->map());
        EXPECT_EQ(device->bytes().size(), image_size);
        device->unmap();
        EXPECT_TRUE(device->bytes().empty());
    }
    EXPECT_EQ(Device::hold(path_, Access::write).error().code, EWOULDBLOCK) << "still held";
}

TEST_F(DeviceTest, WritesReachTheFile) {
    const auto device = Device::open(path_, Access::write);
    ASSERT_TRUE(device);
    ASSERT_TRUE(device->write(page - 2, bytes(4, 7)));
    ASSERT_TRUE(device->flush(page - 2, 4));
    std::array<char, 6> seen{};
    std::ifstream(path_).seekg(page - 3).read(seen.data(), seen.size());
    EXPECT_THAT(seen, testing::ElementsAre(0, 7, 7, 7, 7, 0));
}

TEST_F(DeviceTest, OneWriterAtATime) {
    auto first = Device::open(path_, Access::write);
    ASSERT_TRUE(first);
    const auto second = Device::open(path_, Access::write);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, EWOULDBLOCK);
    EXPECT_EQ(second.error().object, path_);
    EXPECT_TRUE(Device::open(path_, Access::read)) << "a reader needs no lock";
    {
        const Device gone = *std::move(first);
    }
    EXPECT_TRUE(Device::open(path_, Access::write));
}

TEST_F(DeviceTest, BoundsEveryAccess) {
    const auto device = Device::open(path_, Access::write);
    ASSERT_TRUE(device);
    auto block = bytes(16, 0);
    constexpr auto highest = ~std::uint64_t{0};
    for (const std::uint64_t offset : {image_size - 15, image_size, image_size + 1, highest, highest - 8}) {
        EXPECT_EQ(device->read(offset, block).error().code, EINVAL) << offset;
        EXPECT_EQ(device->write(offset, block).error().code, EINVAL) << offset;
        EXPECT_EQ(device->window(offset, 16, "read").error().code, EINVAL) << offset;
    }
    EXPECT_TRUE(device->read(image_size - 16, block));
    EXPECT_TRUE(device->window(image_size, 0, "read"));
}

// Touching such a page would be SIGBUS.
TEST_F(DeviceTest, TruncatedImageIsAnError) {
    const auto device = Device::open(path_, Access::write);
    ASSERT_TRUE(device);
    resize(8 * page);
    auto block = bytes(2 * page, 1);
    EXPECT_EQ(device->read(12 * page, block).error().code, EIO);
    EXPECT_EQ(device->write(12 * page, block).error().code, EIO);
    EXPECT_EQ(device->read(7 * page, block).error().code, EIO) << "half of it is there";
    EXPECT_TRUE(device->read(6 * page, block));
}

TEST_F(DeviceTest, SaysWhatCannotBeUsed) {
    const auto code = [](const std::string &path) {
        const auto device = Device::open(path, Access::read);
        return device ? 0 : device.error().code;
    };
    EXPECT_EQ(code(folder_ + "/nothing"), ENOENT);
    EXPECT_EQ(code(folder_), ENODEV);
    EXPECT_EQ(code("/dev/null"), ENODEV);
    resize(0);
    EXPECT_EQ(code(path_), ENODATA);
}

TEST_F(DeviceTest, ReadOnlyMappingIsNotWritten) {
    const auto device = Device::open(path_, Access::read);
    ASSERT_TRUE(device);
    EXPECT_FALSE(device->write(0, bytes(16, 9)));
    EXPECT_EQ(device->bytes()[0], std::byte{'f'});
}

/// sync(2) asks every mount, also one that is private still. With ENOSYS the kernel would never ask it again.
TEST(WholeDevicesTest, SyncOfAPrivateMountDoesNotTurnItOff) {
    WholeDevices devices(16, {2U << 20});
    EXPECT_EQ(devices.synchronize_file_system(), 0);
}

} // namespace
} // namespace famfs::device
