// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/mount/publish_records.h"

#include "base/try.h"
#include "daemon/log/log.h"

#include <chrono>
#include <vector>

namespace famfs::server {

namespace {

constexpr std::size_t batch = 4096;

} // namespace

base::Expected<void> publish_records(const media::FileSystem &file_system, loader::RecordStore &store) {
    constexpr std::chrono::seconds interval{2};
    auto next_report = std::chrono::steady_clock::now() + interval;
    std::vector<base::FileMap> files;
    const auto &nodes = file_system.nodes();
    for (std::size_t i = 0; i < nodes.size(); i++) {
        if (!nodes[i].directory)
            files.push_back(nodes[i].map);
        if (files.size() < batch && i + 1 < nodes.size())
            continue;
        FAMFS_TRY(store.publish(files));
        files.clear();
        if (const auto now = std::chrono::steady_clock::now(); now >= next_report) {
            log::info(std::to_string(store.published()) + " of " + std::to_string(file_system.usage().files) +
                      " files are in the map");
            next_report = now + interval;
        }
    }
    return {};
}

} // namespace famfs::server
