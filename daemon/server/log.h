// SPDX-License-Identifier: GPL-2.0-only
// Where messages go: standard error until the mount is ready and in the foreground, syslog in the background.
#pragma once

#include <mutex>
#include <set>
#include <string>

namespace famfs::server {

void log_to_standard_error();
void log_to_syslog();

/// Logs a message of a kind once, so that a program that asks a thousand times fills no log.
class LogOnce {
public:
    /// @key: the kind. Any thread. Beyond some thousand kinds nothing more is logged.
    void warning(const std::string &key, const std::string &message);

private:
    std::mutex mutex_;
    std::set<std::string> seen_;
};

} // namespace famfs::server
