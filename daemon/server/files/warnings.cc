// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/files/warnings.h"

#include "daemon/log/log.h"

namespace famfs::server {

namespace {

constexpr std::size_t most_kinds = 1024;

} // namespace

void Warnings::say(const std::string &kind, const std::string &message) {
    const auto now = Clock::now();
    {
        const base::Lock lock(mutex_);
        const auto [said, first] = said_.try_emplace(kind, now);
        if (!first && now - said->second < silence_)
            return;
        said->second = now;
        // Kinds that were silent for so long are as good as new.
        if (said_.size() > most_kinds)
            std::erase_if(said_, [&](const auto &entry) { return now - entry.second >= silence_; });
    }
    log::warn(message);
}

} // namespace famfs::server
