// SPDX-License-Identifier: GPL-2.0-only
// Runs a command on a file of a FUSE mount over dax0.0 and dax1.0, once for each resolver:
//
//   with-peers BYTES COMMAND...    COMMAND gets two words more: the resolver's name and the file's path
//
// Same file, same inode, same memory. A command that fails ends it.
#include "vmtest/bench/fuse_peers.h"
#include "vmtest/bench/require.h"

#include <charconv>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace famfs::vmtest {
namespace {

constexpr std::uint64_t nodeid = 2;

std::uint64_t parse_bytes(const std::string &text) {
    std::uint64_t bytes = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
    if (error != std::errc() || end != text.data() + text.size() || bytes == 0 || bytes % huge_page != 0)
        give_up("'" + text + "' is no multiple of 2 MiB");
    return bytes;
}

void run_command(std::vector<std::string> words) {
    std::vector<char *> pointers;
    pointers.reserve(words.size() + 1);
    for (std::string &word : words)
        pointers.push_back(word.data());
    pointers.push_back(nullptr);
    pid_t child = -1;
    errno = ::posix_spawnp(&child, pointers[0], nullptr, nullptr, pointers.data(), environ);
    require(errno == 0, "run " + words[0]);
    int status = 0;
    require(::waitpid(child, &status, 0) == child, "wait for " + words[0]);
    if (status != 0)
        give_up(words[0] + " failed");
}

void run(std::uint64_t bytes, const std::vector<std::string> &command) {
    FusePeers peers;
    const base::FileMap file = {
        .nodeid = nodeid, .size = bytes, .extents = {{.device = 0, .offset = 0, .length = bytes}}};
    peers.add(file);
    peers.add_native(file);
    const std::string path = peers.path(nodeid);
    // Resolvers in C keep what they know with the inode: it must not be forgotten between two commands.
    const base::Fd in_use(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    require(static_cast<bool>(in_use), "open " + path);
    for (const char *name : {"native", "arena", "rhash"}) {
        std::vector<std::string> words = command;
        words.insert(words.end(), {name, path});
        peers.peer(name).enter();
        run_command(words);
        peers.peer(name).leave();
    }
    if (peers.rejected() != 0)
        give_up("the kernel has rejected " + std::to_string(peers.rejected()) + " answers");
}

} // namespace
} // namespace famfs::vmtest

int main(int count, char **words) {
    // The helpers of the hook's tests say what is wrong in terms of googletest.
    GTEST_FLAG_SET(throw_on_failure, true);
    testing::InitGoogleTest(&count, words);
    if (count < 3)
        famfs::vmtest::give_up("usage: with-peers BYTES COMMAND...");
    famfs::vmtest::run(famfs::vmtest::parse_bytes(words[1]), {words + 2, words + count});
    return 0;
}
