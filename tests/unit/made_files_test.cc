// SPDX-License-Identifier: GPL-2.0-only
// Files made on a mount, down to the bytes of the device, and with stores that fail. What the kernel does
// between the requests is in tests/e2e.
#include "daemon/server/files/made_files.h"
#include "tests/support/media_image.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace famfs::test {
namespace {

using media::mebibyte;
using server::MadeFiles;
using testing::HasSubstr;

constexpr std::uint64_t unit = media::default_alloc_unit;

/// The devices of a test, which can break: then every store is refused from the @left -th on.
class FragileStorage : public server::Storage {
public:
    explicit FragileStorage(const TestDevices &devices) : devices_(devices) {}

    base::Expected<void> write(std::uint32_t device, std::uint64_t offset,
                               std::span<const std::byte> bytes) override {
        if (auto whole = use(); !whole)
            return whole;
        std::ranges::copy(bytes, devices_.target(device).bytes.subspan(offset).begin());
        return {};
    }
    base::Expected<void> zero(std::uint32_t device, std::uint64_t offset, std::uint64_t length) override {
        if (auto whole = use(); !whole)
            return whole;
        std::ranges::fill(devices_.target(device).bytes.subspan(offset, length), std::byte{0});
        return {};
    }
    base::Expected<void> persist(std::uint32_t, std::uint64_t, std::uint64_t length) override {
        persisted += length;
        return use();
    }

    std::uint64_t left = UINT64_MAX;
    std::uint64_t persisted = 0; ///< bytes

private:
    base::Expected<void> use() {
        if (left == 0)
            return base::fail(EHWPOISON, "store to", "a broken device");
        left--;
        return {};
    }
    const TestDevices &devices_;
};

class Making : public testing::Test {
protected:
    Making() { devices.mkfs(); }

    void open() {
        files.reset();
        tree = std::make_unique<server::Tree>(devices.parse(), true, timespec{});
        records_memory = sparse(4 * mebibyte);
        records = sound(loader::make_arena_store(records_memory.bytes(), {1, 2}));
        files = sound(MadeFiles::open(*tree, storage, *records, options));
    }
    std::uint64_t make(std::string_view name) {
        const auto made = files->make_file({.parent = media::root_nodeid, .name = name, .attributes = {}});
        if (!made)
            throw std::runtime_error(made.error().message());
        sound(files->opened(made->nodeid, O_WRONLY));
        return made->nodeid;
    }
    struct Logged {
        std::string name;
        base::FileMap map;
    };
    [[nodiscard]] std::vector<Logged> logged() const {
        std::vector<Logged> nodes;
        const media::FileSystem fs = devices.parse();
        for (const media::Node &node : fs.nodes())
            if (node.nodeid >= media::first_entry_nodeid)
                nodes.push_back({std::string(node.name), node.map});
        return nodes;
    }

    TestDevices devices{{sample_device_size, sample_device_size}};
    FragileStorage storage{devices};
    server::PublishOptions options;
    std::unique_ptr<server::Tree> tree;
    base::Memory records_memory;
    std::unique_ptr<loader::RecordStore> records;
    std::unique_ptr<MadeFiles> files;
};

TEST_F(Making, AFileIsInTheLogWhenItsLastWriterClosesIt) {
    open();
    const std::uint64_t file = make("f");
    sound(files->opened(file, O_RDWR));
    sound(files->grow(file, 5 * mebibyte + 1));
    sound(files->closed(file, O_WRONLY));
    EXPECT_TRUE(logged().empty());
    sound(files->closed(file, O_RDWR));
    ASSERT_EQ(logged().size(), 1U);
    EXPECT_EQ(logged()[0].map.size, 5 * mebibyte + 1);
    EXPECT_GE(storage.persisted, 5 * mebibyte + 1);
    EXPECT_TRUE(tree->file(file)->view().published());
}

TEST_F(Making, SpaceIsZeroedBeforeAFileHasIt) {
    std::ranges::fill(devices.primary().subspan(media::data_start(0, media::min_log_length), 8 * unit),
                      std::byte{0xEE});
    open();
    const std::uint64_t file = make("f");
    for (const std::uint64_t size : {5000UL, 3 * mebibyte + 7, 7 * mebibyte}) {
        sound(files->grow(file, size));
        for (std::uint64_t position = 0; position < size; position += 4096) {
            famfs_answer answer{};
            ASSERT_EQ(records->resolve(file, position, answer), FAMFS_OK);
            const std::byte *bytes =
                devices.target(answer.device - 1).bytes.data() + answer.address + position - answer.offset;
            ASSERT_TRUE(
                std::all_of(bytes, bytes + 4096, [](std::byte byte) { return byte == std::byte{0}; }));
        }
    }
}

TEST_F(Making, WhatTheLastRunHasTooMuchIsFreeAgain) {
    open();
    const std::uint64_t before = files->state().free_bytes;
    const std::uint64_t file = make("f");
    for (std::uint64_t size = unit; size <= 9 * unit; size += unit)
        sound(files->grow(file, size));
    EXPECT_LT(files->state().free_bytes, before - 9 * unit);
    sound(files->opened(file, O_RDONLY));
    sound(files->closed(file, O_WRONLY));
    EXPECT_LT(files->state().free_bytes, before - 9 * unit) << "a reader may have all of it mapped";
    sound(files->closed(file, O_RDONLY));
    EXPECT_EQ(files->state().free_bytes, before - 9 * unit);
    famfs_answer answer{};
    EXPECT_EQ(records->resolve(file, 9 * unit - 1, answer), FAMFS_OK);
    EXPECT_EQ(records->resolve(file, 9 * unit, answer), FAMFS_PAST_END);
}

TEST_F(Making, GivenItsSizeItKeepsIt) {
    open();
    const std::uint64_t file = make("f");
    sound(files->resize(file, 3 * unit));
    ASSERT_EQ(logged().size(), 1U);
    EXPECT_EQ(files->resize(file, unit).error().code, EPERM);
    EXPECT_EQ(files->grow(file, 4 * unit).error().code, EFBIG);
    EXPECT_TRUE(files->resize(file, 3 * unit));
    EXPECT_FALSE(files->opened(file, O_WRONLY | O_TRUNC));
    EXPECT_FALSE(files->opened(file, O_WRONLY | O_APPEND));
    sound(files->closed(file, O_WRONLY));
    EXPECT_EQ(logged().size(), 1U);
}

TEST_F(Making, TheSpaceOfARemovedFileWaitsUntilTheKernelForgetsIt) {
    open();
    const std::uint64_t before = files->state().free_bytes;
    const std::uint64_t file = make("f");
    sound(files->grow(file, unit));
    sound(files->remove(media::root_nodeid, "f"));
    sound(files->closed(file, O_WRONLY));
    EXPECT_EQ(files->state().free_bytes, before - unit);
    files->forgotten(file, 1);
    EXPECT_EQ(files->state().free_bytes, before);
    EXPECT_TRUE(logged().empty());
    make("f");
}

TEST_F(Making, AFullDeviceLeavesTheFileAsItWas) {
    open();
    const std::uint64_t file = make("f");
    sound(files->grow(file, unit));
    const std::uint64_t free = files->state().free_bytes;
    EXPECT_EQ(files->grow(file, 9 * sample_device_size).error().code, ENOSPC);
    EXPECT_EQ(files->state().free_bytes, free);
    sound(files->closed(file, O_WRONLY));
    ASSERT_EQ(logged().size(), 1U);
    EXPECT_EQ(logged()[0].map.size, unit);
}

/// Whichever store of a commit is the first to fail: the log that hosts see has the file whole or not at all,
/// and nothing else is made.
TEST_F(Making, NothingIsStoredBehindAStoreThatFailed) {
    open();
    sound(files->make_directory({.parent = media::root_nodeid, .name = "d", .attributes = {}}));
    for (std::uint64_t good = 0; good < 3; good++) {
        storage.left = UINT64_MAX;
        open();
        const std::uint64_t file = make("f");
        sound(files->grow(file, unit));
        storage.left = good;
        const auto closed = files->closed(file, O_WRONLY);
        ASSERT_FALSE(closed) << good;
        EXPECT_EQ(closed.error().code, EHWPOISON);
        storage.left = UINT64_MAX;
        ASSERT_EQ(logged().size(), 1U) << good << ": only the directory";
        if (good == 0) // its data: the log is fine
            continue;
        const auto next = files->make_file({.parent = media::root_nodeid, .name = "g", .attributes = {}});
        ASSERT_FALSE(next) << good;
        EXPECT_THAT(next.error().message(), HasSubstr("the log cannot be written"));
    }
}

TEST_F(Making, ANameOutlivesTheRequestThatBroughtIt) {
    open();
    std::string name = "longer than what a string keeps inside";
    const std::string kept = name;
    const std::uint64_t file = make(name);
    sound(files->grow(file, unit + 1));
    std::ranges::fill(name, '?');
    EXPECT_EQ(tree->path(file), kept);
    EXPECT_EQ(tree->look_up(media::root_nodeid, kept)->size, unit + 1);
    tree->children(media::root_nodeid, 1, false, [&](std::uint64_t, const server::Child &child) {
        EXPECT_EQ(child.name, kept);
        EXPECT_EQ(child.attributes.allocated, 2 * unit);
        return true;
    });
}

TEST_F(Making, WhatNobodyHasOpenIsKeptAtTheEnd) {
    open();
    const std::uint64_t kept = make("kept");
    make("empty");
    sound(files->grow(kept, 10));
    files->finish();
    ASSERT_EQ(logged().size(), 1U);
    EXPECT_EQ(logged()[0].name, "kept");
}

} // namespace
} // namespace famfs::test
