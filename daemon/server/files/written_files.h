// SPDX-License-Identifier: GPL-2.0-only
// Published files that somebody could write to since the last syncfs(2): what was stored may be in caches still. One
// that is not published is none of them: its publication writes it back.
#pragma once

#include "base/mutex.h"

#include <cstdint>
#include <map>
#include <vector>

namespace famfs::server {

/// Any thread.
class WrittenFiles {
public:
    /// For writing.
    void opened(std::uint64_t nodeid);
    void closed(std::uint64_t nodeid, bool published);
    /// To be written back now. Those that nobody has open are forgotten.
    std::vector<std::uint64_t> take();
    /// It could not be written back.
    void keep(std::uint64_t nodeid);

private:
    base::Mutex mutex_;
    std::map<std::uint64_t, unsigned> writers_ FAMFS_GUARDED_BY(mutex_);
};

} // namespace famfs::server
