// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/device/private_mount.h"

#include "base/try.h"

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
    mount_ = FAMFS_TRY(fuse::DetachedMount::create({.source = dax_.path}));
    auto connection = FAMFS_TRY(fuse::Connection::serve(mount_.take_fuse_fd(), file_, 1));
    connection_ = std::make_unique<fuse::Connection>(std::move(connection));
    return {};
}

base::Expected<void> PrivateMount::load() {
    loader::Options options;
    options.fuse_fd = connection_->fuse_fd();
    options.name = "private";
    options.max_files = file_nodeid + 1;
    options.arena_bytes = arena_bytes;
    auto session = FAMFS_TRY(loader::Session::load(options));
    session_ = std::make_unique<loader::Session>(std::move(session));
    auto index = session_->add_device(dax_.fd.get(), dax_.size, dax_.path);
    if (!index)
        return std::unexpected(with_holder(index.error(), dax_.path));
    FAMFS_TRY(session_->open_store());
    FAMFS_TRY(session_->store().publish(file_.record(*index)));
    return session_->attach();
}

base::Expected<std::unique_ptr<PrivateMount>> PrivateMount::create(HeldDax dax, int protection) {
    FAMFS_TRY(require_hook(dax.path));
    std::unique_ptr<PrivateMount> mount(new PrivateMount(std::move(dax)));
    FAMFS_TRY(mount->connect());
    FAMFS_TRY(mount->load());
    mount->memory_ = FAMFS_TRY(mount->file_.map(mount->mount_.mount_fd(), 0, protection, mount->dax_.path));
    return mount;
}

} // namespace famfs::device
