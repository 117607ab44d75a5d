// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/device/private_mount.h"

#include "base/try.h"
#include "daemon/device/dax.h"

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

PrivateMount::PrivateMount(std::uint64_t size) : file_(file_nodeid, {size}) {}

base::Expected<void> PrivateMount::connect(const std::string &path) {
    mount_ = FAMFS_TRY(fuse::DetachedMount::create({.source = path}));
    auto connection = FAMFS_TRY(fuse::Connection::serve(mount_.take_fuse_fd(), file_, 1));
    connection_ = std::make_unique<fuse::Connection>(std::move(connection));
    return {};
}

base::Expected<void> PrivateMount::load(const Device &device) {
    loader::Options options;
    options.fuse_fd = connection_->fuse_fd();
    options.name = "private";
    options.max_files = file_nodeid + 1;
    options.arena_bytes = arena_bytes;
    auto session = FAMFS_TRY(loader::Session::load(options));
    session_ = std::make_unique<loader::Session>(std::move(session));
    auto index = session_->add_device(device.fd(), device.size(), device.path());
    if (!index)
        return std::unexpected(with_holder(index.error(), device.path()));
    FAMFS_TRY(session_->open_store());
    FAMFS_TRY(session_->store().publish(file_.record(*index)));
    return session_->attach();
}

base::Expected<std::unique_ptr<PrivateMount>> PrivateMount::create(const Device &device) {
    FAMFS_TRY(require_hook(device.path()));
    std::unique_ptr<PrivateMount> mount(new PrivateMount(device.size()));
    FAMFS_TRY(mount->connect(device.path()));
    FAMFS_TRY(mount->load(device));
    return mount;
}

} // namespace famfs::device
