// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/files/records.h"

namespace famfs::server {

base::Expected<void> Records::publish(const base::FileMap &map) {
    return map.extents.empty() ? base::Expected<void>{} : store_.publish(map);
}

base::Expected<void> Records::replace(const base::FileMap &old, const base::FileMap &next) {
    const base::Lock quiet(mutex_);
    if (!old.extents.empty())
        if (auto withdrawn = store_.withdraw(old.nodeid); !withdrawn)
            return withdrawn;
    auto published = publish(next);
    if (!published)
        if (const auto restored = publish(old); !restored)
            published.error().hint += "; the record that was there is lost: " + restored.error().message();
    return published;
}

} // namespace famfs::server
