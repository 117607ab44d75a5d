// SPDX-License-Identifier: GPL-2.0-only
#include "vmtest/bench/fuse_peers.h"

#include "vmtest/bench/require.h"
#include "vmtest/tests/dax.h"

#include <algorithm>
#include <fcntl.h>

namespace famfs::vmtest {

using loader::Backend;

FusePeers::FusePeers() : steps_(server_.fd()) {
    for (const Backend backend : {Backend::arena, Backend::rhash, Backend::hash})
        add_session(backend);
    add_peer_in_c("native", Reach::everything, FUSE_IOMAP_BENCH_EXTENTS);
    add_peer_in_c("stride", Reach::uniform, FUSE_IOMAP_BENCH_STRIDE);
    add_peer_in_c("stored", Reach::one_extent, FUSE_IOMAP_BENCH_STORED);
    add_peer_in_c("ready", Reach::one_extent, FUSE_IOMAP_BENCH_READY);
    add_step("constant");
    add_step("counted");
    for (const Backend backend : {Backend::arena, Backend::rhash, Backend::hash})
        add_backend(backend);
}

void FusePeers::add_session(Backend backend) {
    loader::Options options;
    options.backend = backend;
    options.fuse_fd = server_.fd();
    options.name = "bench";
    loader::Session session = require(loader::Session::load(options));
    if (sessions_.empty()) {
        for (int number = 0; number < 2; ++number) {
            const base::Fd device = open_dax(number, O_RDWR);
            require(session.add_device(device.get(), dax_size(number), dax_name(number)));
        }
    } else {
        session.share_devices(sessions_.begin()->second);
    }
    require(session.open_store());
    sessions_.emplace(backend, std::move(session));
}

void FusePeers::add_peer_in_c(const std::string &name, Reach reach, fuse_iomap_bench_resolver resolver) {
    const int fuse = server_.fd();
    peers_.push_back({name, reach, [=] { choose_resolver(fuse, resolver); },
                      [=] { choose_resolver(fuse, FUSE_IOMAP_BENCH_PROGRAM); }});
}

void FusePeers::add_step(const std::string &name) {
    peers_.push_back({name, Reach::one_file, [this, name] { step_link_ = steps_.attach(name); },
                      [this] { step_link_.reset(); }});
}

void FusePeers::add_backend(Backend backend) {
    loader::Session &session = sessions_.at(backend);
    peers_.push_back({std::string(to_string(backend)), Reach::everything,
                      [&session] { require(session.attach()); }, [&session] { require(session.detach()); }});
}

const FusePeers::Peer &FusePeers::peer(const std::string &name) const {
    return *std::ranges::find(peers_, name, &Peer::name);
}

bool FusePeers::serves(const Peer &peer, const Case &one) {
    switch (peer.reach) {
    case Reach::everything:
        return true;
    case Reach::uniform:
        return one.file.extents.size() == 1 || one.file.chunk != 0;
    default:
        return one.file.extents.size() == 1;
    }
}

void FusePeers::add(const base::FileMap &file) {
    for (auto &[backend, session] : sessions_)
        require(session.store().publish(file));
    server_.file(file.nodeid, file.size);
}

void FusePeers::add_native(const base::FileMap &file) {
    give_extents(server_.fd(), path(file.nodeid), file);
}

void FusePeers::forget_pages(std::uint64_t nodeid) {
    errno = server_.notify_invalidate(nodeid, 0, 0);
    require(errno == 0, "forget the pages of " + path(nodeid));
}

famfs_counters FusePeers::asked(Backend backend, famfs_operation operation) const {
    return require(sessions_.at(backend).statistics())[operation];
}

} // namespace famfs::vmtest
