// SPDX-License-Identifier: GPL-2.0-only
// The free space of the devices, for whoever makes files.
#pragma once

#include "base/mutex.h"
#include "base/text.h"
#include "daemon/media/write/allocator.h"

namespace famfs::server {

/// Any thread.
class Space {
public:
    explicit Space(const media::FileSystem &logged) : whole_(logged.usage().capacity), allocator_(logged) {}

    /// As media::Allocator; EFBIG: no removing of other files would make room for it. What @map has is the
    /// caller's, who alone changes it.
    base::Expected<void> grow(base::FileMap &map, std::uint64_t capacity) {
        if (capacity > whole_)
            return base::fail(EFBIG, "allocate", base::human_size(capacity),
                              "the whole file system has " + base::human_size(whole_));
        const base::Lock lock(mutex_);
        return allocator_.grow(map, capacity);
    }
    /// Gives back what the first @bytes do not need. Nobody may use it any more, not even a reader that began
    /// earlier (Records), and no page of it is mapped or pinned.
    void trim(base::FileMap &map, std::uint64_t bytes) {
        const base::Lock lock(mutex_);
        allocator_.trim(map, bytes);
    }
    /// What trim() leaves.
    [[nodiscard]] base::FileMap cut(const base::FileMap &map, std::uint64_t bytes) const {
        const base::Lock lock(mutex_);
        return allocator_.cut(map, bytes);
    }
    [[nodiscard]] std::uint64_t free_bytes() const {
        const base::Lock lock(mutex_);
        return allocator_.free_bytes();
    }

private:
    const std::uint64_t whole_; ///< bytes, used or not
    mutable base::Mutex mutex_;
    media::Allocator allocator_ FAMFS_GUARDED_BY(mutex_);
};

} // namespace famfs::server
