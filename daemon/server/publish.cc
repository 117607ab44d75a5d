// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/publish.h"

#include <chrono>
#include <spdlog/spdlog.h>

namespace famfs::server {

base::Expected<void> publish_all(const media::FileSystem &file_system, loader::RecordStore &store) {
    constexpr std::chrono::seconds interval{2};
    auto next_report = std::chrono::steady_clock::now() + interval;
    std::uint64_t done = 0;
    for (const media::Node &node : file_system.nodes()) {
        if (node.directory)
            continue;
        if (auto published = store.publish(node.map); !published)
            return published;
        done++;
        if (const auto now = std::chrono::steady_clock::now(); now >= next_report) {
            spdlog::info("{} of {} files are in the map", done, file_system.usage().files);
            next_report = now + interval;
        }
    }
    return {};
}

} // namespace famfs::server
