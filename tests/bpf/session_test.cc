// SPDX-License-Identifier: GPL-2.0-only
// The life of a session on this kernel: load, pin, look in through the pins, remove; and what cannot be
// loaded.
#include "tests/bpf/loaded_session.h"

#include "base/fd.h"
#include "loader/pins.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <filesystem>
#include <gmock/gmock.h>
#include <sys/stat.h>

namespace famfs::test {
namespace {

namespace fs = std::filesystem;
using loader::Backend;
using loader::PinnedSession;
using loader::Session;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class Sessions : public LoadedSession {};

const std::string directory = loader::pin_directory("resolve-test");

/// Pins that lie where @parts says, of a map that has nothing to do with us.
loader::Pin some_pin(const base::Fd &map, const std::string &path) {
    return {map.get(), path};
}

base::Fd some_map() {
    return base::Fd(bpf_map_create(BPF_MAP_TYPE_ARRAY, "other", 4, 4, 1, nullptr));
}

TEST_P(Sessions, PinsAreReadByAnother) {
    Random random(41);
    const auto file = random_list(random, 17, devices, 2);
    ASSERT_NO_FATAL_FAILURE(publish(file));
    const auto pinned = session->pin();
    ASSERT_TRUE(pinned) << pinned.error().message();
    EXPECT_THAT(PinnedSession::names(), Contains("resolve-test"));
    auto seen = PinnedSession::open("resolve-test");
    ASSERT_TRUE(seen) << seen.error().message();

    session.reset(); // as if its process had died
    const auto resolved = seen->resolve(17, file.size - 1);
    ASSERT_TRUE(resolved) << resolved.error().message();
    EXPECT_EQ(resolved->status, FAMFS_OK);
    expect_true_answer(pages_of(file), file.size - 1, resolved->answer);
    EXPECT_TRUE(seen->statistics());
    EXPECT_TRUE(seen->last_error());

    EXPECT_TRUE(loader::remove_pins("resolve-test"));
    EXPECT_FALSE(fs::exists(directory));
    EXPECT_THAT(PinnedSession::names(), Not(Contains("resolve-test")));
    EXPECT_EQ(PinnedSession::open("resolve-test").error().code, ENOENT);
}

TEST_P(Sessions, DetachLeavesNoPin) {
    ASSERT_TRUE(session->pin());
    EXPECT_TRUE(fs::exists(directory + "/progs/resolve"));
    EXPECT_TRUE(fs::exists(directory + "/maps/counters"));
    ASSERT_TRUE(session->detach());
    EXPECT_FALSE(fs::exists(directory));
    EXPECT_TRUE(session->detach()) << "a second time there is nothing to do";
}

TEST_P(Sessions, ANameBelongsToOne) {
    ASSERT_TRUE(session->pin());
    auto second = Session::load({.backend = GetParam(), .fuse_fd = -1, .name = "resolve-test"});
    ASSERT_TRUE(second) << second.error().message();
    const auto refused = second->pin();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, EEXIST);
    EXPECT_TRUE(fs::exists(directory + "/progs/resolve")) << "the first one's pins stay";
    EXPECT_FALSE(fs::exists(directory + "+")) << "the second one's are gone";
    ASSERT_TRUE(session->detach());
}

TEST_P(Sessions, AttachingNeedsAConnection) {
    const auto refused = session->attach();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, EINVAL);
    EXPECT_THAT(refused.error().message(), HasSubstr("without a FUSE connection"));
}

INSTANTIATE_TEST_SUITE_P(Backends, Sessions, testing::ValuesIn(offered_backends()), backend_name);

/// With or without the hook in the kernel, this is not a mounted FUSE connection.
TEST(Attach, ADescriptorThatIsNotAConnection) {
    const base::Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    auto session = Session::load({.backend = Backend::arena, .fuse_fd = null.get(), .name = "resolve-test"});
    if (!loader::probe().hook) {
        ASSERT_FALSE(session);
        EXPECT_EQ(session.error().code, EOPNOTSUPP);
        EXPECT_THAT(session.error().message(), HasSubstr("no iomap hook"));
        return;
    }
    ASSERT_TRUE(session) << session.error().message();
    const auto refused = session->attach();
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message(), HasSubstr("not a /dev/fuse"));
    EXPECT_FALSE(session->add_device(null.get(), page, "/dev/null"));
}

TEST(Load, RhashOnAKernelWithoutIt) {
    const auto session = Session::load({.backend = Backend::rhash, .fuse_fd = -1, .name = "resolve-test"});
    EXPECT_EQ(session.has_value(), loader::probe().rhash);
    if (!session) {
        EXPECT_THAT(session.error().message(), HasSubstr("no BPF_MAP_TYPE_RHASH"));
    }
}

TEST(Load, ImpossibleSizes) {
    const auto arena = Session::load({.backend = Backend::arena,
                                      .fuse_fd = -1,
                                      .name = "x",
                                      .max_files = 0,
                                      .arena_bytes = FAMFS_ARENA_MAX + 1});
    EXPECT_EQ(arena.error().code, EINVAL);
    EXPECT_THAT(arena.error().message(), HasSubstr("4 GiB"));
    const auto hash = Session::load(
        {.backend = Backend::hash, .fuse_fd = -1, .name = "x", .max_files = 1ULL << 32, .arena_bytes = 0});
    EXPECT_EQ(hash.error().code, EOVERFLOW);
}

TEST(Load, TwoArenasInOneProcess) {
    const auto one = Session::load({.backend = Backend::arena, .fuse_fd = -1, .name = "one"});
    const auto two = Session::load({.backend = Backend::arena, .fuse_fd = -1, .name = "two"});
    EXPECT_TRUE(one) << one.error().message();
    EXPECT_TRUE(two) << two.error().message();
}

TEST(Probe, EverythingMissingIsExplained) {
    const loader::Offer offer = loader::probe();
    const std::size_t missing = (offer.hook ? 0 : 1) + (offer.arena ? 0 : 1) + (offer.rhash ? 0 : 1);
    EXPECT_EQ(offer.missing.size(), missing) << "as root";
    for (const std::string &sentence : offer.missing)
        EXPECT_THAT(sentence, testing::MatchesRegex("[A-Z].*\\."));
}

TEST(Pins, NamesThatBpffsRefuses) {
    for (const std::string name : {"", "dax0.0", "a/b", "..", "a+", "ä"}) {
        EXPECT_EQ(loader::check_pin_name(name).error().code, EINVAL) << name;
        EXPECT_EQ(Session::load({.backend = Backend::arena, .fuse_fd = -1, .name = name}).error().code,
                  EINVAL);
        EXPECT_EQ(loader::remove_pins(name).error().code, EINVAL);
        EXPECT_EQ(PinnedSession::open(name).error().code, EINVAL);
    }
    EXPECT_TRUE(loader::check_pin_name(std::string(63, 'x')));
    EXPECT_FALSE(loader::check_pin_name(std::string(64, 'x')));
}

TEST(Pins, AFailureLeavesNothingHalfMade) {
    const base::Fd map = some_map();
    const auto refused = loader::stage_pins("half", {some_pin(map, "maps/one"), {-1, "maps/two"}});
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message(), HasSubstr("half+/maps/two"));
    EXPECT_FALSE(fs::exists(loader::pin_directory("half") + "+"));
    EXPECT_FALSE(fs::exists(loader::pin_directory("half")));
}

TEST(Pins, LeftoversOfAKilledProcessAreReplaced) {
    const base::Fd map = some_map();
    ASSERT_TRUE(loader::stage_pins("half", {some_pin(map, "maps/one")}));
    const auto again = loader::stage_pins("half", {some_pin(map, "maps/two")});
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_THAT(PinnedSession::names(), Not(Contains(HasSubstr("half")))) << "staged is not pinned";
    ASSERT_TRUE(loader::commit_pins("half"));
    EXPECT_FALSE(fs::exists(loader::pin_directory("half") + "/maps/one"));
    EXPECT_TRUE(fs::exists(loader::pin_directory("half") + "/maps/two"));
    EXPECT_TRUE(loader::remove_pins("half"));
}

TEST(Pins, ExchangeIsOneStep) {
    const base::Fd map = some_map();
    ASSERT_TRUE(loader::stage_pins("ex", {some_pin(map, "maps/old")}));
    ASSERT_TRUE(loader::commit_pins("ex"));
    ASSERT_TRUE(loader::stage_pins("ex", {some_pin(map, "maps/new")}));
    const auto exchanged = loader::exchange_pins("ex");
    ASSERT_TRUE(exchanged) << exchanged.error().message();
    EXPECT_TRUE(fs::exists(loader::pin_directory("ex") + "/maps/new"));
    EXPECT_FALSE(fs::exists(loader::pin_directory("ex") + "/maps/old"));
    EXPECT_FALSE(fs::exists(loader::pin_directory("ex") + "+"));
    EXPECT_TRUE(loader::remove_pins("ex"));
}

/// As an older or newer famfs-bpfd has left them.
TEST(Pins, OfAnotherLayoutAreRemovedAndNeverOpened) {
    const base::Fd map = some_map();
    ASSERT_TRUE(loader::stage_pins("other", {some_pin(map, "maps/one")}));
    ASSERT_TRUE(loader::commit_pins("other"));
    const fs::path here = loader::pin_directory("other");
    EXPECT_EQ(here.parent_path().filename(), "v" + std::to_string(FAMFS_ABI_VERSION));
    const fs::path there = here.parent_path().parent_path() / "v0" / "other";
    fs::create_directories(there.parent_path());
    fs::rename(here, there);
    EXPECT_THAT(PinnedSession::names(), Not(Contains("other")));
    EXPECT_FALSE(PinnedSession::open("other"));
    EXPECT_TRUE(loader::remove_pins("other"));
    EXPECT_FALSE(fs::exists(there));
    fs::remove(there.parent_path());
}

TEST(Pins, RemovingNoneIsSuccess) {
    EXPECT_TRUE(loader::remove_pins("nobody"));
}

} // namespace
} // namespace famfs::test
