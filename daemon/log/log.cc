// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/log/log.h"

#include <spdlog/spdlog.h>

namespace famfs::log {

void info(const std::string &text) {
    spdlog::info("{}", text);
}

void warn(const std::string &text) {
    spdlog::warn("{}", text);
}

void error(const std::string &text) {
    spdlog::error("{}", text);
}

void critical(const std::string &text) {
    spdlog::critical("{}", text);
}

} // namespace famfs::log
