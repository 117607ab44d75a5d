// SPDX-License-Identifier: GPL-2.0-only
// What the map says about files that are made here. Those of the log are published before the mount is
// visible and never change.
#pragma once

#include "base/mutex.h"
#include "loader/record_store.h"

namespace famfs::server {

/// Any thread.
class Records {
public:
    explicit Records(loader::RecordStore &store) : store_(store) {}

    /// Puts @next in place of @old; a map without extents stands for no record. Nobody reads the old one any
    /// more when it returns. On failure the old one is in force again, or the error says that it is not.
    base::Expected<void> replace(const base::FileMap &old, const base::FileMap &next);

    /// Readers of this process hold it from their look-up to the end of their copy.
    [[nodiscard]] base::SharedMutex &readers() { return mutex_; }

private:
    base::Expected<void> publish(const base::FileMap &map) FAMFS_REQUIRES(mutex_);

    base::SharedMutex mutex_;
    loader::RecordStore &store_; ///< changed under mutex_
};

} // namespace famfs::server
