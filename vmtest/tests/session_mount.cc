// SPDX-License-Identifier: GPL-2.0-only
#include "vmtest/tests/session_mount.h"

#include "vmtest/tests/dax.h"

#include <fcntl.h>

namespace famfs::vmtest {

base::Expected<loader::Session> attach_session(const FuseServer &server, loader::Backend backend,
                                               std::uint64_t max_files) {
    loader::Options options;
    options.backend = backend;
    options.fuse_fd = server.fd();
    options.max_files = max_files;
    options.name = "session-mount";
    auto session = loader::Session::load(options);
    if (!session)
        return session;
    const base::Fd device = open_dax(0, O_RDWR);
    if (auto index = session->add_device(device.get(), dax_size(0), dax_name(0)); !index)
        return std::unexpected(index.error());
    if (auto opened = session->open_store(); !opened)
        return std::unexpected(opened.error());
    if (auto attached = session->attach(); !attached)
        return std::unexpected(attached.error());
    return session;
}

} // namespace famfs::vmtest
