// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include <ctime>

namespace famfs::base {

/// The time of day, as files have it.
inline timespec now() {
    timespec time{};
    ::clock_gettime(CLOCK_REALTIME, &time);
    return time;
}

} // namespace famfs::base
