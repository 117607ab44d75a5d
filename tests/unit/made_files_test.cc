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
    EXPECT_EQ(files->resize(file, 0).error().code, EPERM);
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

TEST_F(Making, TheSizeThatAPublishedFileHasWritesNothingBack) {
    open();
    const std::uint64_t file = make("f");
    sound(files->resize(file, unit));
    ASSERT_EQ(logged().size(), 1U);
    const std::uint64_t persisted = storage.persisted;
    sound(files->resize(file, unit));
    EXPECT_EQ(storage.persisted, persisted);
    EXPECT_EQ(files->resize(file, 2 * unit).error().code, EPERM);
    sound(files->closed(file, O_WRONLY));
}

TEST_F(Making, AFullDeviceLeavesTheFileAsItWas) {
    open();
    const std::uint64_t file = make("f");
    sound(files->grow(file, unit));
    sound(files->grow(make("other"), unit));
    const std::uint64_t free = files->state().free_bytes;
    EXPECT_EQ(files->grow(file, tree->logged().usage().capacity).error().code, ENOSPC);
    EXPECT_EQ(files->grow(file, 9 * sample_device_size).error().code, EFBIG) << "whatever is removed";
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

/// Until it is published everything works on it; afterwards nothing does that the log could not say.
class Private : public Making {
protected:
    Private() {
        options.when = server::PublishOptions::When::manual;
        open();
    }
    std::uint64_t closed_file(std::string_view name, std::uint64_t size) {
        const std::uint64_t file = make(name);
        sound(files->grow(file, size));
        sound(files->closed(file, O_WRONLY));
        return file;
    }
    std::uint64_t directory(std::string_view name, std::uint64_t parent = media::root_nodeid) {
        return sound(files->make_directory({.parent = parent, .name = name, .attributes = {0, 0, 0755}}))
            .nodeid;
    }
    int rename(std::string_view from, std::uint64_t parent, std::string_view to) {
        const auto done = files->rename(media::root_nodeid, from, parent, to, true);
        return done ? 0 : done.error().code;
    }
    int remove(std::string_view name) {
        const auto done = files->remove(media::root_nodeid, name);
        return done ? 0 : done.error().code;
    }
};

TEST_F(Private, ClosedWrittenAndCutAgain) {
    const std::uint64_t file = closed_file("f", 3 * unit);
    sound(files->opened(file, O_WRONLY | O_APPEND));
    sound(files->grow(file, 5 * unit));
    sound(files->closed(file, O_WRONLY));
    sound(files->resize(file, 10));
    sound(files->change(file, {.mode = 0600, .uid = 7, .gid = {}, .access = {}, .modification = {}}));
    EXPECT_TRUE(logged().empty());
    const auto before = files->state();
    EXPECT_EQ(before.space, unit);
    EXPECT_EQ(sound(files->publish({})).files, 1U);
    ASSERT_EQ(logged().size(), 1U);
    EXPECT_EQ(logged()[0].map.size, 10U);
    EXPECT_EQ(files->state().free_slots, before.free_slots) << "it had its slot from the beginning";
    EXPECT_EQ(files->grow(file, unit).error().code, EFBIG);
    EXPECT_EQ(files->change(file, {.mode = 0644, .uid = {}, .gid = {}, .access = {}, .modification = {}})
                  .error()
                  .code,
              EPERM);
    EXPECT_TRUE(files->change(file, {.mode = 0600, .uid = 7, .gid = {}, .access = {}, .modification = {}}))
        << "it has them already";
    EXPECT_EQ(rename("f", media::root_nodeid, "g"), EPERM);
    EXPECT_EQ(remove("f"), EPERM);
}

TEST_F(Private, TreesAreRenamedAndPublishedParentsFirst) {
    const std::uint64_t a = directory("a");
    const std::uint64_t inner = directory("inner", a);
    const std::uint64_t file = closed_file("f", 1);
    EXPECT_EQ(rename("f", inner, "g"), 0);
    const std::uint64_t b = directory("b"); // made after what will be in it
    EXPECT_EQ(rename("a", b, "c"), 0);
    EXPECT_EQ(tree->path(file), "b/c/inner/g");
    EXPECT_EQ(rename("b", inner, "x"), EINVAL) << "into itself";
    EXPECT_EQ(rename("b", media::root_nodeid, std::string(80, 'x')), ENAMETOOLONG);
    EXPECT_EQ(rename("b", media::root_nodeid, std::string(70, 'x')), ENAMETOOLONG) << "what is below it";
    EXPECT_EQ(remove("b"), ENOTEMPTY);
    const auto done = sound(files->publish({.reach = server::Selection::Reach::node, .nodes = {file}}));
    EXPECT_EQ(done.directories, 3U);
    const auto nodes = logged();
    ASSERT_EQ(nodes.size(), 4U);
    EXPECT_EQ(nodes[0].name, "b");
    EXPECT_EQ(nodes[3].name, "g");
}

TEST_F(Private, OverAnotherOne) {
    const std::uint64_t free = files->state().free_bytes;
    closed_file("kept", unit);
    const std::uint64_t over = closed_file("over", unit);
    directory("d");
    EXPECT_EQ(rename("kept", media::root_nodeid, "d"), EISDIR);
    EXPECT_EQ(rename("d", media::root_nodeid, "over"), ENOTDIR);
    EXPECT_FALSE(files->rename(media::root_nodeid, "kept", media::root_nodeid, "over", false));
    EXPECT_EQ(rename("kept", media::root_nodeid, "over"), 0);
    EXPECT_EQ(files->state().free_bytes, free - 2 * unit) << "the kernel has not forgotten it";
    files->forgotten(over, 1);
    EXPECT_EQ(files->state().free_bytes, free - unit);
    sound(files->publish({}));
    EXPECT_EQ(logged().size(), 2U);
}

TEST_F(Private, ANumberIsGivenAgainWithAnotherGeneration) {
    const std::uint64_t file = closed_file("f", unit);
    const std::uint32_t generation = tree->attributes(file)->generation;
    ASSERT_TRUE(tree->look_up(media::root_nodeid, "f")); // the kernel knows it twice now
    EXPECT_EQ(remove("f"), 0);
    EXPECT_FALSE(tree->look_up(file)) << "by its number it is not found without its name";
    files->forgotten(file, 1);
    EXPECT_NE(make("g"), file) << "the kernel still has it";
    files->forgotten(file, 1);
    EXPECT_EQ(make("h"), file);
    EXPECT_NE(tree->attributes(file)->generation, generation);
    famfs_answer answer{};
    EXPECT_NE(records->resolve(file, 0, answer), FAMFS_OK) << "nothing of the old file is left";
}

TEST_F(Private, OpenAndEmptyFilesAreLeft) {
    make("open");
    const std::uint64_t written = make("written");
    sound(files->grow(written, 5));
    const std::uint64_t empty = make("empty");
    sound(files->closed(empty, O_WRONLY));
    closed_file("whole", 1);
    const auto done = sound(files->publish({}));
    EXPECT_EQ(done.files, 1U);
    EXPECT_THAT(done.open, testing::UnorderedElementsAre("open", "written"));
    EXPECT_THAT(done.empty, testing::ElementsAre("empty"));
    EXPECT_EQ(logged().size(), 1U);
}

TEST_F(Private, AllOrNothingAlsoWhenTheDeviceBreaks) {
    constexpr std::uint64_t stores = 4; // the data of two files, their entries, the index
    for (std::uint64_t good = 0; good < stores; good++) {
        open();
        closed_file("one", 1);
        closed_file("two", 1);
        storage.left = good;
        ASSERT_FALSE(files->publish({})) << good;
        storage.left = UINT64_MAX;
        EXPECT_TRUE(logged().empty()) << good;
    }
}

TEST_F(Private, AFullLogIsFeltWhenAFileIsMade) {
    const std::uint64_t slots = files->state().free_slots;
    for (std::uint64_t i = 0; i < slots; i++)
        sound(files->make_file({.parent = media::root_nodeid, .name = std::to_string(i), .attributes = {}}));
    const auto full = files->make_file({.parent = media::root_nodeid, .name = "more", .attributes = {}});
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().code, ENOSPC);
    EXPECT_EQ(remove("7"), 0);
    make("more");
}

TEST_F(Private, PositionsInADirectoryStayWhileNamesComeAndGo) {
    for (const char *name : {"a", "b", "c", "d"})
        make(name);
    std::vector<std::string> seen;
    std::uint64_t next = 1; // after .meta
    const auto read_one = [&] {
        tree->children(media::root_nodeid, next, false,
                       [&](std::uint64_t position, const server::Child &child) {
                           seen.emplace_back(child.name);
                           next = position + 1;
                           return false;
                       });
    };
    read_one();
    EXPECT_EQ(remove("a"), 0);
    EXPECT_EQ(remove("b"), 0);
    for (int i = 0; i < 40; i++) {
        make("x");
        EXPECT_EQ(remove("x"), 0);
    }
    read_one();
    read_one();
    EXPECT_THAT(seen, testing::ElementsAre("a", "c", "d"));
}

} // namespace
} // namespace famfs::test
