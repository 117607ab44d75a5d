// SPDX-License-Identifier: GPL-2.0-only
// Warnings that a program can cause as often as it likes.
#pragma once

#include "base/mutex.h"

#include <chrono>
#include <map>
#include <string>

namespace famfs::server {

/// A kind is said once, and again when it comes again after a while. Any thread.
class Warnings {
public:
    using Clock = std::chrono::steady_clock;

    explicit Warnings(Clock::duration silence = std::chrono::minutes(10)) : silence_(silence) {}
    /// @kind: nothing in it is for users to choose, else they could fill the log.
    void say(const std::string &kind, const std::string &message);

private:
    const Clock::duration silence_;
    base::Mutex mutex_;
    std::map<std::string, Clock::time_point> said_ FAMFS_GUARDED_BY(mutex_);
};

} // namespace famfs::server
