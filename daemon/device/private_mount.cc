// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/device/private_mount.h"

#include <algorithm>
#include <filesystem>
#include <string>

namespace famfs::device {

namespace {

constexpr std::uint64_t file_nodeid = 2;
constexpr std::uint64_t arena_bytes = 1U << 20;

base::Expected<void> require_hook(const std::string &path) {
    const loader::Offer offer = loader::probe();
    if (offer.hook && offer.arena && offer.privileged)
        return {};
    std::string hint = "it is bound to fsdev_dax, which only a file system can read";
    for (const std::string &sentence : offer.missing)
        hint += "; " + sentence;
    return base::fail(offer.privileged ? EOPNOTSUPP : EPERM, "read", path, hint);
}

} // namespace

PrivateMount::PrivateMount(HeldDax dax) : dax_(std::move(dax)), file_(file_nodeid, {dax_.size}) {}

base::Expected<void> PrivateMount::connect() {
    auto mount = fuse::DetachedMount::create({.source = dax_.path});
    if (!mount)
        return std::unexpected(mount.error());
    mount_ = *std::move(mount);
    auto connection = fuse::Connection::serve(mount_.take_fuse_fd(), file_, 1);
    if (!connection)
        return std::unexpected(connection.error());
    connection_ = std::make_unique<fuse::Connection>(*std::move(connection));
    return {};
}

base::Expected<void> PrivateMount::load() {
    loader::Options options;
    options.fuse_fd = connection_->fuse_fd();
    options.name = "private";
    options.max_files = file_nodeid + 1;
    options.arena_bytes = arena_bytes;
    auto session = loader::Session::load(options);
    if (!session)
        return std::unexpected(session.error());
    session_ = std::make_unique<loader::Session>(*std::move(session));
    auto index = session_->add_device(dax_.fd.get(), dax_.size, dax_.path);
    if (!index)
        return std::unexpected(with_holder(index.error(), dax_.path));
    if (auto opened = session_->open_store(); !opened)
        return opened;
    if (auto published = session_->store().publish(file_.record(*index)); !published)
        return published;
    return session_->attach();
}

base::Expected<std::unique_ptr<PrivateMount>> PrivateMount::create(HeldDax dax, int protection) {
    if (auto possible = require_hook(dax.path); !possible)
        return std::unexpected(possible.error());
    std::unique_ptr<PrivateMount> mount(new PrivateMount(std::move(dax)));
    if (auto connected = mount->connect(); !connected)
        return std::unexpected(connected.error());
    if (auto loaded = mount->load(); !loaded)
        return std::unexpected(loaded.error());
    auto memory = mount->file_.map(mount->mount_.mount_fd(), 0, protection, mount->dax_.path);
    if (!memory)
        return std::unexpected(memory.error());
    mount->memory_ = *std::move(memory);
    return mount;
}

} // namespace famfs::device
