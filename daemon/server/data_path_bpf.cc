// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/data_path_bpf.h"

namespace famfs::server {

void BpfDataPath::refuse(fuse_req_t request, const Content &file, const char *operation) {
    warnings_.say(operation, std::string("the kernel sent a ") + operation + " of " + file.name() +
                                 " that it is to answer itself: refused with EIO");
    fuse_reply_err(request, EIO);
}

void BpfDataPath::read(fuse_req_t request, const Content &file, std::size_t, std::uint64_t) {
    refuse(request, file, "read");
}

void BpfDataPath::write(fuse_req_t request, const Content &file, std::span<const std::byte>, std::uint64_t) {
    refuse(request, file, "write");
}

} // namespace famfs::server
