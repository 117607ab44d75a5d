// SPDX-License-Identifier: GPL-2.0-only
// Which handler a connection's requests go to now.
#pragma once

#include "daemon/fuse/handler.h"

#include <atomic>

namespace famfs::fuse {

using HandlerSlot = std::atomic<Handler *>;

inline Handler &handler_of(fuse_req_t request) {
    return *static_cast<HandlerSlot *>(fuse_req_userdata(request))->load(std::memory_order_acquire);
}

} // namespace famfs::fuse
