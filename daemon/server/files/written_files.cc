// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/files/written_files.h"

namespace famfs::server {

void WrittenFiles::opened(std::uint64_t nodeid) {
    const base::Lock lock(mutex_);
    writers_[nodeid]++;
}

void WrittenFiles::closed(std::uint64_t nodeid, bool published) {
    const base::Lock lock(mutex_);
    const auto file = writers_.find(nodeid);
    if (file == writers_.end())
        return;
    if (file->second > 0)
        file->second--;
    if (file->second == 0 && !published)
        writers_.erase(file);
}

std::vector<std::uint64_t> WrittenFiles::take() {
    const base::Lock lock(mutex_);
    std::vector<std::uint64_t> nodeids;
    nodeids.reserve(writers_.size());
    for (const auto &[nodeid, writers] : writers_)
        nodeids.push_back(nodeid);
    std::erase_if(writers_, [](const auto &file) { return file.second == 0; });
    return nodeids;
}

void WrittenFiles::keep(std::uint64_t nodeid) {
    const base::Lock lock(mutex_);
    writers_.try_emplace(nodeid, 0U);
}

} // namespace famfs::server
