// SPDX-License-Identifier: GPL-2.0-only
// FUSE_DEV_IOC_IOMAP_WRITE: the server's own stores reach the device, all of them, and nothing else.
#include "vmtest/tests/growing_mount.h"
#include "vmtest/tests/privileges.h"
#include "vmtest/tests/torn_buffer.h"

#include <cerrno>
#include <linux/capability.h>
#include <thread>

namespace famfs::vmtest {
namespace {

constexpr std::uint64_t file_size = 8 * mebibyte;

fuse_iomap_write request_for(std::uint32_t device, std::uint64_t offset, std::string_view bytes) {
    return {.dev = device,
            .flags = 0,
            .offset = offset,
            .length = bytes.size(),
            .buffer = reinterpret_cast<std::uintptr_t>(bytes.data())};
}

class Storing : public GrowingMount {
protected:
    Storing() : mapped(growing(2, file_size, file_size), file_size), bytes(text(0, file_size)) {}

    /// Each length at each offset, and after each the whole file is what it should be.
    void everywhere(const std::function<void(std::uint64_t offset, std::uint64_t length)> &action) {
        for (const std::uint64_t length :
             {1UL, 4095UL, 4096UL, 4097UL, 65535UL, 65536UL, 65537UL, 3 * mebibyte})
            for (const std::uint64_t offset : {0UL, 1UL, 63UL, 4095UL, 2 * mebibyte - 1}) {
                action(offset, length);
                ASSERT_EQ(std::memcmp(mapped.data(), bytes.data(), file_size), 0)
                    << length << " bytes at " << offset;
            }
    }

    MappedFile mapped;
    std::string bytes; ///< what is on the device
};

TEST_F(Storing, BytesAppearInTheMappedFile) {
    everywhere([&, seed = std::uint64_t{0}](std::uint64_t offset, std::uint64_t length) mutable {
        bytes.replace(offset, length, text(++seed, length));
        store_bytes(server.fd(), dax0, offset, std::string_view(bytes).substr(offset, length));
    });
}

TEST_F(Storing, Zeros) {
    everywhere([&](std::uint64_t offset, std::uint64_t length) {
        // On text each time: zeros on zeros would show nothing.
        bytes = text(offset, file_size);
        store_bytes(server.fd(), dax0, 0, bytes);
        bytes.replace(offset, length, length, '\0');
        EXPECT_EQ(store(server.fd(), {dax0, FUSE_IOMAP_WRITE_ZERO, offset, length, 0}), 0);
    });
}

TEST_F(Storing, WritingBackChangesNothing) {
    everywhere([&](std::uint64_t offset, std::uint64_t length) {
        EXPECT_EQ(store(server.fd(), {dax0, FUSE_IOMAP_WRITE_BACK, offset, length, 0}), 0);
    });
}

TEST_F(Storing, OnTheDeviceThatIsNamed) {
    program.extent(3, page_size, dax1, 5 * page_size);
    const std::string path = server.file(3, page_size);
    const std::string other = text(77, page_size);
    store_bytes(server.fd(), dax1, 5 * page_size, other);
    std::string seen;
    ASSERT_EQ(read_whole(path, seen), 0);
    EXPECT_TRUE(seen == other);
    EXPECT_EQ(std::memcmp(mapped.data(), bytes.data(), file_size), 0);
}

TEST_F(Storing, BufferThatEndsHalfWay) {
    constexpr std::uint64_t present = 16 * page_size;
    const TornBuffer torn(text(5, present), present);
    EXPECT_EQ(store(server.fd(), request_for(dax0, 100, torn.view())), EFAULT);
    // What the missing part would have covered is as it was.
    const std::uint64_t rest = 100 + present;
    EXPECT_EQ(std::memcmp(static_cast<const char *>(mapped.data()) + rest, &bytes[rest], file_size - rest),
              0);
}

struct RefusedStore {
    const char *name;
    int error;
    fuse_iomap_write request;
};

constexpr std::uint64_t handed_over = 2 * mebibyte;
constexpr std::uint64_t nowhere = 0x10;

const RefusedStore refused_stores[] = {
    {"NoLength", EINVAL, {1, FUSE_IOMAP_WRITE_ZERO, 0, 0, 0}},
    {"UnknownFlag", EINVAL, {1, 4, 0, 1, 0}},
    {"TwoFlags", EINVAL, {1, FUSE_IOMAP_WRITE_ZERO | FUSE_IOMAP_WRITE_BACK, 0, 1, 0}},
    {"ZerosFromABuffer", EINVAL, {1, FUSE_IOMAP_WRITE_ZERO, 0, 1, nowhere}},
    {"WriteBackFromABuffer", EINVAL, {1, FUSE_IOMAP_WRITE_BACK, 0, 1, nowhere}},
    {"DeviceZero", ENODEV, {0, FUSE_IOMAP_WRITE_ZERO, 0, 1, 0}},
    {"DeviceNobodyHandedOver", ENODEV, {2, FUSE_IOMAP_WRITE_ZERO, 0, 1, 0}},
    {"DevicePastTheTable", ENODEV, {1025, FUSE_IOMAP_WRITE_ZERO, 0, 1, 0}},
    {"DeviceOfAllOnes", ENODEV, {~0U, FUSE_IOMAP_WRITE_ZERO, 0, 1, 0}},
    {"BehindTheEnd", ERANGE, {1, FUSE_IOMAP_WRITE_ZERO, handed_over, 1, 0}},
    {"AcrossTheEnd", ERANGE, {1, FUSE_IOMAP_WRITE_ZERO, handed_over - 1, 2, 0}},
    {"WriteBackAcrossTheEnd", ERANGE, {1, FUSE_IOMAP_WRITE_BACK, handed_over - 1, 2, 0}},
    {"LongerThanTheDevice", ERANGE, {1, FUSE_IOMAP_WRITE_ZERO, 0, handed_over + 1, 0}},
    {"SumThatOverflows", ERANGE, {1, FUSE_IOMAP_WRITE_ZERO, page_size, -page_size, 0}},
    {"SumThatOverflowsByMore", ERANGE, {1, FUSE_IOMAP_WRITE_ZERO, ~0ULL, ~0ULL, 0}},
    {"NoBuffer", EFAULT, {1, 0, 0, 1, nowhere}},
};

class StoreError : public testing::TestWithParam<RefusedStore> {};

TEST_P(StoreError, IsWhatTheDocumentationSays) {
    FuseServer server;
    const base::Fd device = open_dax(0, O_RDWR);
    ASSERT_EQ(hand_over(server.fd(), device.get(), handed_over), 1);
    EXPECT_EQ(store(server.fd(), GetParam().request), GetParam().error);
}

INSTANTIATE_TEST_SUITE_P(Requests, StoreError, testing::ValuesIn(refused_stores),
                         [](const auto &test) { return std::string(test.param.name); });

constexpr fuse_iomap_write any_store = {1, FUSE_IOMAP_WRITE_ZERO, 0, 100, 0};

TEST_F(Storing, OnlyWithRawIo) {
    const auto attempt = [&] { return store(server.fd(), any_store); };
    EXPECT_EQ(without_capability(CAP_SYS_RAWIO, attempt), EPERM);
    EXPECT_EQ(in_user_namespace(attempt), EPERM);
    EXPECT_EQ(std::memcmp(mapped.data(), bytes.data(), file_size), 0);
}

TEST(Store, OnlyOfAMountedConnection) {
    const base::Fd fuse(::open("/dev/fuse", O_RDWR | O_CLOEXEC));
    EXPECT_EQ(store(fuse.get(), any_store), EPERM);
}

TEST(Store, NotBeforeThereIsADeviceNorAfterTheUnmount) {
    FuseServer server;
    EXPECT_EQ(store(server.fd(), any_store), ENODEV);
    ASSERT_EQ(hand_over(server.fd(), 0), 1U);
    EXPECT_EQ(store(server.fd(), any_store), 0);
    const base::Fd fuse(::dup(server.fd()));
    server.unmount();
    EXPECT_EQ(store(fuse.get(), any_store), ENODEV);
}

TEST(Store, NotToADeviceOpenedForReading) {
    FuseServer server;
    const base::Fd device = open_dax(0, O_RDONLY);
    ASSERT_EQ(hand_over(server.fd(), device.get(), dax_size(0)), 1);
    EXPECT_EQ(store(server.fd(), any_store), EROFS);
    EXPECT_EQ(store(server.fd(), {1, FUSE_IOMAP_WRITE_BACK, 0, 100, 0}), EROFS);
}

TEST(Store, NotToADeviceTakenAway) {
    FuseServer server;
    ASSERT_EQ(hand_over(server.fd(), 1), 1U);
    EXPECT_EQ(store(server.fd(), any_store), 0);
    unbind(1, "fsdev_dax");
    EXPECT_EQ(store(server.fd(), any_store), ENODEV);
    bind(1, "fsdev_dax");
    EXPECT_EQ(store(server.fd(), any_store), ENODEV);
}

TEST(Store, WhileItIsUnmounted) {
    const std::string bytes = text(0, mebibyte);
    for (int round = 0; round < 50; ++round) {
        FuseServer server;
        ASSERT_EQ(hand_over(server.fd(), 0), 1U);
        const base::Fd fuse(::dup(server.fd()));
        std::atomic<int> stored = 0;
        int error = 0;
        {
            const std::jthread storing([&] {
                while ((error = store(fuse.get(), request_for(1, 4095, bytes))) == 0)
                    ++stored;
            });
            while (stored < round % 3)
                ::usleep(100);
            server.unmount();
        }
        EXPECT_EQ(error, ENODEV) << round;
    }
}

} // namespace
} // namespace famfs::vmtest
