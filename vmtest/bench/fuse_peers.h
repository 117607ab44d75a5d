// SPDX-License-Identifier: GPL-2.0-only
// One mount whose faults are answered by one resolver after the other: same kernel, same files, same inodes.
#pragma once

#include "loader/session.h"
#include "vmtest/bench/layout.h"
#include "vmtest/bench/native_peer.h"
#include "vmtest/bench/steps_program.h"
#include "vmtest/tests/fuse_server.h"

#include <map>

namespace famfs::vmtest {

class FusePeers {
public:
    /// What a resolver can answer.
    enum class Reach {
        everything,
        uniform, ///< one extent, or stripes
        one_extent,
        one_file, ///< one extent, of a file named beforehand
    };
    struct Peer {
        std::string name;
        Reach reach;
        std::function<void()> enter;
        std::function<void()> leave;
    };

    FusePeers();
    [[nodiscard]] const std::vector<Peer> &all() const { return peers_; }
    [[nodiscard]] const Peer &peer(const std::string &name) const;
    static bool serves(const Peer &peer, const Case &one);
    static bool serves_many(const Peer &peer) { return peer.reach <= Reach::uniform; }

    /// The file exists, with every resolver.
    void add(const base::FileMap &file);
    /// With the resolvers in C, which know only files that are in use.
    void add_native(const base::FileMap &file);
    /// What the resolvers of Reach::one_file answer.
    void choose_file(const base::FileMap &file) { steps_.answer(file); }
    /// As if nobody had ever touched the file: the kernel enters its pages anew.
    void forget_pages(std::uint64_t nodeid);
    [[nodiscard]] std::string path(std::uint64_t nodeid) const { return server_.path(nodeid); }
    /// The program's own counters of a backend.
    [[nodiscard]] famfs_counters asked(loader::Backend backend, famfs_operation operation) const;
    [[nodiscard]] std::uint64_t rejected() const { return server_.rejected(); }

private:
    void add_session(loader::Backend backend);
    void add_peer_in_c(const std::string &name, Reach reach, fuse_iomap_bench_resolver resolver);
    void add_step(const std::string &name);
    void add_backend(loader::Backend backend);

    FuseServer server_;
    std::map<loader::Backend, loader::Session> sessions_;
    StepsProgram steps_;
    Link step_link_;
    std::vector<Peer> peers_;
};

} // namespace famfs::vmtest
