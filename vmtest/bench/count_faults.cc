// SPDX-License-Identifier: GPL-2.0-only
// Counts the instructions of page faults, in the virtual machine (vmtest/bench/in-vm). Prints a line of JSON
// a figure.
//
//   count-faults fuse                             every resolver of a FUSE mount over dax0.0 and dax1.0
//   count-faults map RESOLVER ACCESS FAULT PATH   a file or device that is there; read or write, pte or pmd
//   count-faults verifier                         the verifier's figures
#include "vmtest/bench/fuse_peers.h"
#include "vmtest/bench/require.h"
#include "vmtest/bench/verifier_cost.h"

#include <gtest/gtest.h>

namespace famfs::vmtest {
namespace {

void print(const std::string &name, const std::string &resolver, std::uint64_t files, const Count &count) {
    std::printf(
        "{\"case\": \"%s\", \"resolver\": \"%s\", \"files\": %lu, \"instructions\": %lu, \"mean\": %lu, "
        "\"lowest\": %lu, \"highest\": %lu, \"touches\": %lu, \"faults\": %lu, \"fallbacks\": %lu}\n",
        name.c_str(), resolver.c_str(), files, count.typical, count.mean, count.lowest, count.highest,
        count.touches, count.faults, count.fallbacks);
    std::fflush(stdout);
}

/// A touch that is not one fault, of the size that is to be counted, is not what is being counted.
void print_each_a_fault(const std::string &name, const std::string &resolver, std::uint64_t files,
                        const Touch &touch, const Count &count) {
    if (count.faults != count.touches || (touch.fault_size == huge_page && count.fallbacks != 0))
        give_up(resolver + " " + name + ": " + std::to_string(count.touches) + " touches, " +
                std::to_string(count.faults) + " faults, " + std::to_string(count.fallbacks) + " fell back");
    print(name, resolver, files, count);
}

void count_cases(FusePeers &peers, const FusePeers::Peer &peer, const PathOf &path) {
    peer.enter();
    for (const Case &one : cases()) {
        if (!FusePeers::serves(peer, one))
            continue;
        peers.choose_file(one.file);
        const Touch touch = touch_of(one, path);
        peers.forget_pages(one.file.nodeid);
        print_each_a_fault("first-" + one.name, peer.name, 1, touch, count_first_faults(touch));
        print_each_a_fault(one.name, peer.name, 1, touch, count_faults(touch));
    }
    peer.leave();
}

/// Every small page of files that huge pages should map: as many faults as huge pages, by the kernel's count,
/// and nobody was asked about a small page.
void check_huge_pages(FusePeers &peers, const PathOf &path) {
    const FusePeers::Peer &arena = peers.peer("arena");
    arena.enter();
    for (const Case &one : cases()) {
        if (one.fault_size != huge_page || one.write)
            continue;
        Touch touch = touch_of(one, path);
        touch.page = small_page;
        const std::uint64_t small_before = peers.asked(loader::Backend::arena, FAMFS_FAULT_PTE_READ).ok;
        const Count count = count_faults(touch);
        const std::uint64_t small =
            peers.asked(loader::Backend::arena, FAMFS_FAULT_PTE_READ).ok - small_before;
        if (count.faults != one.file.size / huge_page || count.fallbacks != 0 || small != 0)
            give_up(one.name + ": not all of it was mapped by huge pages");
        print(one.name + "-whole", arena.name, 1, count);
    }
    arena.leave();
}

void count_many(FusePeers &peers, std::uint64_t from, std::uint64_t files, const PathOf &path) {
    for (std::uint64_t number = from; number < files; ++number)
        peers.add(one_of_many(number));
    for (const std::uint64_t number : sample(files))
        peers.add_native(one_of_many(number));
    for (const FusePeers::Peer &peer : peers.all()) {
        if (!FusePeers::serves_many(peer))
            continue;
        peer.enter();
        const Touch touch = touch_of_many(files, path);
        print_each_a_fault("read-pte", peer.name, files, touch, count_faults(touch));
        peer.leave();
    }
}

void count_fuse() {
    FusePeers peers;
    const PathOf path = [&peers](std::uint64_t nodeid) { return peers.path(nodeid); };
    std::uint64_t newest = 0;
    for (const Case &one : cases()) {
        if (one.file.nodeid <= newest)
            continue;
        newest = one.file.nodeid;
        peers.add(one.file);
        peers.add_native(one.file);
    }
    for (const FusePeers::Peer &peer : peers.all())
        count_cases(peers, peer, path);
    check_huge_pages(peers, path);
    count_many(peers, 0, 1000, path);
    count_many(peers, 1000, 10000, path);
    if (peers.rejected() != 0)
        give_up("the kernel has rejected " + std::to_string(peers.rejected()) + " answers");
}

void count_map(const std::string &resolver, const std::string &name, const std::string &fault,
               const std::string &path) {
    const Case *one = nullptr;
    for (const Case &candidate : cases())
        if (candidate.name == name + "-" + fault)
            one = &candidate;
    if (one == nullptr)
        give_up("no case " + name + "-" + fault);
    const Touch touch = touch_of(*one, [&path](std::uint64_t) { return path; });
    print_each_a_fault(one->name, resolver, 1, touch, count_faults(touch));
}

int run(const std::vector<std::string> &words) {
    if (words.size() == 1 && words[0] == "fuse")
        count_fuse();
    else if (words.size() == 5 && words[0] == "map")
        count_map(words[1], words[2], words[3], words[4]);
    else if (words.size() == 1 && words[0] == "verifier")
        print_verifier_costs();
    else
        give_up("usage: count-faults fuse | map RESOLVER read|write pte|pmd PATH | verifier");
    return 0;
}

} // namespace
} // namespace famfs::vmtest

int main(int count, char **words) {
    // The helpers of the hook's tests say what is wrong in terms of googletest.
    GTEST_FLAG_SET(throw_on_failure, true);
    testing::InitGoogleTest(&count, words);
    return famfs::vmtest::run({words + 1, words + count});
}
