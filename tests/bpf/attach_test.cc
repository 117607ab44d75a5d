// SPDX-License-Identifier: GPL-2.0-only
// A session on a FUSE connection, on a kernel with the hook and two fsdev_dax devices: runs in the virtual
// machine.
#include "loader/session.h"

#include "tests/support/layouts.h"
#include "vmtest/tests/dax.h"
#include "vmtest/tests/fuse_server.h"
#include "vmtest/tests/memory_probe.h"
#include "vmtest/tests/privileges.h"
#include "vmtest/tests/storm.h"

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <gmock/gmock.h>
#include <linux/capability.h>
#include <memory>

namespace famfs::test {
namespace {

namespace fs = std::filesystem;
using base::FileMap;
using loader::Backend;
using loader::PinnedSession;
using loader::Session;
using testing::HasSubstr;

constexpr std::uint32_t devices = 2;
constexpr std::uint64_t mebibyte = 1 << 20;
constexpr std::uint64_t area = 64 * mebibyte; // of each device, that the random files share
constexpr const char *name = "attach-test";

class Attached : public testing::TestWithParam<Backend> {
protected:
    void SetUp() override {
        session = load();
        ASSERT_NE(session, nullptr);
        for (int i = 0; i < static_cast<int>(devices); ++i) {
            const base::Fd dax = vmtest::open_dax(i, O_RDWR);
            const auto index = session->add_device(dax.get(), vmtest::dax_size(i), vmtest::dax_name(i));
            ASSERT_TRUE(index) << index.error().message();
            ASSERT_EQ(*index, static_cast<std::uint32_t>(i));
        }
        ASSERT_TRUE(session->open_store());
        const auto attached = session->attach();
        ASSERT_TRUE(attached) << attached.error().message();
    }

    [[nodiscard]] std::unique_ptr<Session> load() const {
        auto loaded = Session::load({.backend = GetParam(), .fuse_fd = server.fd(), .name = name});
        EXPECT_TRUE(loaded) << loaded.error().message();
        return loaded ? std::make_unique<Session>(std::move(*loaded)) : nullptr;
    }

    /// A session beside the attached one, with the same devices.
    [[nodiscard]] std::unique_ptr<Session> load_second() const {
        auto second = load();
        second->share_devices(*session);
        EXPECT_TRUE(second->open_store());
        return second;
    }

    std::string publish(const FileMap &file) {
        const auto published = session->store().publish(file);
        EXPECT_TRUE(published) << published.error().message();
        return server.file(file.nodeid, file.size);
    }

    /// A file of one extent, filled with the pattern of the place where it lies.
    std::string publish_filled(std::uint64_t nodeid, std::uint64_t size, const base::Extent &extent) {
        std::string path =
            publish({.nodeid = nodeid, .generation = 0, .size = size, .chunk = 0, .extents = {extent}});
        vmtest::fill(path, size, extent.device + 1, extent.offset);
        return path;
    }

    vmtest::FuseServer server;
    std::unique_ptr<Session> session;
};

void expect_pages(const vmtest::MappedFile &mapped, const std::vector<Place> &pages, std::uint64_t size) {
    for (std::uint64_t i = 0; i < pages.size(); ++i) {
        const std::uint64_t length = std::min(page, size - i * page) / 8 * 8;
        const auto *const memory = static_cast<const std::byte *>(mapped.data()) + i * page;
        ASSERT_EQ(vmtest::first_wrong(memory, length, pages[i].device + 1, pages[i].address), std::nullopt)
            << "page " << i;
    }
}

/// One after the other on each device: the kernel lets no two files that it knows have the same memory.
void place_apart(Random &random, std::array<std::uint64_t, devices> &next, FileMap &file) {
    for (base::Extent &extent : file.extents) {
        std::uint64_t &place = next[extent.device];
        extent.offset = place + draw(random, 0, 3) * page;
        place = extent.offset + extent.length;
        ASSERT_LE(place, area);
    }
}

TEST_P(Attached, FilesOfEveryKindOnTwoDevices) {
    Random random(51);
    for (std::uint32_t device = 0; device < devices; ++device)
        publish_filled(2 + device, area, {device, 0, area});
    std::array<std::uint64_t, devices> next{};
    for (std::uint64_t nodeid = 10; nodeid < 40; ++nodeid) {
        SCOPED_TRACE("nodeid " + std::to_string(nodeid));
        FileMap file = nodeid % 2 == 0 ? random_list(random, nodeid, devices, draw(random, 1, 16))
                                       : random_strips(random, nodeid, devices, draw(random, 1, 16));
        ASSERT_NO_FATAL_FAILURE(place_apart(random, next, file));
        const std::string path = publish(file);
        const vmtest::MappedFile mapped(path, file.size);
        ASSERT_NO_FATAL_FAILURE(expect_pages(mapped, pages_of(file), file.size));
        std::string bytes;
        ASSERT_EQ(vmtest::read_whole(path, bytes), 0);
        EXPECT_EQ(std::memcmp(bytes.data(), mapped.data(), file.size), 0);
    }
    EXPECT_EQ(server.rejected(), 0U);
}

TEST_P(Attached, HugePagesAreCounted) {
    constexpr std::uint64_t size = 32 * mebibyte;
    const std::string path = publish_filled(2, size, {0, 64 * mebibyte, size});
    const auto before = session->statistics();
    const vmtest::MappedFile mapped(path, size);
    ASSERT_EQ(vmtest::first_wrong(mapped.data(), size, 1, 64 * mebibyte), std::nullopt);
    const auto after = session->statistics();
    ASSERT_TRUE(before && after);
    EXPECT_EQ((*after)[FAMFS_FAULT_PMD_READ].ok - (*before)[FAMFS_FAULT_PMD_READ].ok,
              size / FAMFS_HUGE_PAGE_SIZE);
    EXPECT_EQ((*after)[FAMFS_FAULT_PTE_READ].ok, (*before)[FAMFS_FAULT_PTE_READ].ok);
    EXPECT_GT((*before)[FAMFS_WRITE].ok, 0U) << "fill() wrote the file";
}

TEST_P(Attached, UnpublishedIsAnErrnoAndIsNoted) {
    const std::string path = server.file(7, mebibyte);
    EXPECT_EQ(vmtest::read_error(path, page), ENOENT);
    const vmtest::MappedFile mapped(path, mebibyte);
    EXPECT_EQ(vmtest::bus_error_reading(mapped.at(5 * page)), BUS_ADRERR);
    const auto last = session->last_error();
    ASSERT_TRUE(last);
    EXPECT_EQ(last->nodeid, 7U);
    EXPECT_EQ(last->position, 5 * page);
    EXPECT_EQ(last->status, FAMFS_NOT_PUBLISHED);
    EXPECT_EQ(last->operation, FAMFS_FAULT_PTE_READ);
    EXPECT_GE(last->count, 2U);
    EXPECT_GE((*session->statistics())[FAMFS_READ].not_published, 1U);
}

TEST_P(Attached, WithdrawnIsAnErrno) {
    const std::string path = publish_filled(2, mebibyte, {0, 0, mebibyte});
    EXPECT_EQ(vmtest::read_error(path, page), 0);
    ASSERT_TRUE(session->store().withdraw(2));
    EXPECT_EQ(vmtest::read_error(path, page), ENOENT);
}

TEST_P(Attached, FileLongerThanItsRecord) {
    publish({.nodeid = 2, .generation = 0, .size = page, .chunk = 0, .extents = {{0, 0, mebibyte}}});
    const std::string path = server.file(2, mebibyte);
    EXPECT_EQ(vmtest::read_error(path, page, page), ENODATA);
}

TEST_P(Attached, ASecondOneIsRefused) {
    const auto second = load_second();
    const auto refused = second->attach();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, EBUSY);
    EXPECT_THAT(refused.error().message(), HasSubstr("attached to this mount already"));
}

TEST_P(Attached, NeedsRawIo) {
    ASSERT_TRUE(session->detach());
    const auto code = [this] {
        const auto attached = session->attach();
        return attached ? 0 : attached.error().code;
    };
    EXPECT_EQ(vmtest::without_capability(CAP_SYS_RAWIO, code), EPERM);
    EXPECT_EQ(code(), 0);
}

TEST_P(Attached, DetachedIsAnErrnoAndTheNextMayAttach) {
    const std::string path = publish_filled(2, mebibyte, {0, 0, mebibyte});
    const auto second = load_second();
    ASSERT_TRUE(session->detach());
    EXPECT_EQ(vmtest::read_error(path, page), ENXIO);
    ASSERT_TRUE(second->store().publish({2, 0, mebibyte, 0, {{0, 0, mebibyte}}}));
    ASSERT_TRUE(second->attach());
    EXPECT_EQ(vmtest::read_error(path, page), 0);
}

TEST_P(Attached, PinnedOutlivesTheSession) {
    const std::string path = publish_filled(2, 8 * mebibyte, {1, page, 8 * mebibyte});
    ASSERT_TRUE(session->pin());
    EXPECT_TRUE(fs::exists(loader::pin_directory(name) + "/links/iomap"));
    session.reset();
    const vmtest::MappedFile mapped(path, 8 * mebibyte);
    EXPECT_EQ(vmtest::first_wrong(mapped.data(), 8 * mebibyte, 2, page), std::nullopt);
    const auto seen = PinnedSession::open(name);
    ASSERT_TRUE(seen) << seen.error().message();
    EXPECT_GT((*seen->statistics())[FAMFS_FAULT_PTE_READ].ok, 0U);
    ASSERT_TRUE(loader::remove_pins(name));
    EXPECT_EQ(vmtest::read_error(path, page), ENXIO) << "the pin was the last to hold the link";
}

TEST_P(Attached, UnpinnedEndsWithTheSession) {
    const std::string path = publish_filled(2, mebibyte, {0, 0, mebibyte});
    session.reset();
    EXPECT_EQ(vmtest::read_error(path, page), ENXIO);
}

TEST_P(Attached, SwapUnderAStormLosesNoFault) {
    constexpr std::uint64_t size = 8 * mebibyte;
    const std::string path = publish_filled(2, size, {0, page, size}); // off by a page: no huge pages
    ASSERT_TRUE(session->pin());
    const vmtest::MappedFile mapped(path, size);
    vmtest::FaultStorm storm(mapped, size, 1, page);
    for (int round = 0; round < 3; ++round) {
        storm.wait_for(500);
        auto second = load_second();
        ASSERT_TRUE(second->store().publish({2, 0, size, 0, {{0, page, size}}}));
        const auto swapped = session->swap(*second);
        ASSERT_TRUE(swapped) << swapped.error().message();
        session = std::move(second);
    }
    const auto before = session->statistics();
    storm.wait_for(2000);
    storm.stop();
    EXPECT_EQ(storm.failed(), 0U);
    EXPECT_EQ(storm.wrong(), 0U);
    const auto after = PinnedSession::open(name)->statistics();
    EXPECT_GT((*after)[FAMFS_FAULT_PTE_READ].ok, (*before)[FAMFS_FAULT_PTE_READ].ok)
        << "the pins are the new one's";
    ASSERT_TRUE(session->detach());
    EXPECT_FALSE(fs::exists(loader::pin_directory(name)));
    EXPECT_EQ(vmtest::read_error(path, page), ENXIO);
}

TEST_P(Attached, SwapNeedsTheSameName) {
    auto other = Session::load({.backend = GetParam(), .fuse_fd = server.fd(), .name = "other"});
    ASSERT_TRUE(other) << other.error().message();
    EXPECT_EQ(session->swap(*other).error().code, EINVAL);
}

TEST_P(Attached, DevicesThatAreRefused) {
    vmtest::FuseServer other;
    auto second = Session::load({.backend = GetParam(), .fuse_fd = other.fd(), .name = "other"});
    ASSERT_TRUE(second) << second.error().message();
    const base::Fd dax = vmtest::open_dax(0, O_RDWR);
    const base::Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    const auto held = second->add_device(dax.get(), vmtest::dax_size(0), "/dev/dax0.0");
    EXPECT_EQ(held.error().code, EBUSY);
    EXPECT_THAT(held.error().message(), HasSubstr("another mount holds"));
    EXPECT_EQ(second->add_device(null.get(), page, "/dev/null").error().code, ENODEV);
    EXPECT_EQ(second->add_device(dax.get(), 100, "/dev/dax0.0").error().code, EINVAL);
    server.unmount(); // gives the devices back
    EXPECT_TRUE(second->add_device(dax.get(), vmtest::dax_size(0), "/dev/dax0.0"));
}

TEST_P(Attached, UnmountEndsIt) {
    const std::string path = publish_filled(2, mebibyte, {0, 0, mebibyte});
    auto second = load_second();
    server.unmount();
    EXPECT_TRUE(session->detach());
    const auto late = second->attach();
    ASSERT_FALSE(late);
    EXPECT_THAT(late.error().message(), HasSubstr("attach"));
}

INSTANTIATE_TEST_SUITE_P(Backends, Attached, testing::Values(Backend::arena, Backend::rhash),
                         [](const auto &test) { return std::string(loader::to_string(test.param)); });

} // namespace
} // namespace famfs::test
