// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/process/log_output.h"

#include <array>
#include <cstdarg>
#include <cstdio>
#include <fuse3/fuse_log.h>
#include <memory>
#include <spdlog/sinks/dist_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/syslog_sink.h>
#include <spdlog/spdlog.h>
#include <syslog.h>

namespace famfs::server {

namespace {

constexpr const char *program = "famfs-bpfd";

const std::shared_ptr<spdlog::sinks::dist_sink_mt> &destination() {
    static const auto sink = std::make_shared<spdlog::sinks::dist_sink_mt>();
    return sink;
}

spdlog::level::level_enum level_of(enum fuse_log_level level) {
    if (level <= FUSE_LOG_ERR)
        return spdlog::level::err;
    if (level <= FUSE_LOG_NOTICE)
        return spdlog::level::warn;
    return level == FUSE_LOG_INFO ? spdlog::level::info : spdlog::level::debug;
}

__attribute__((format(printf, 2, 0))) void log_from_libfuse(enum fuse_log_level level, const char *format,
                                                            va_list arguments) {
    std::array<char, 512> line{};
    std::vsnprintf(line.data(), line.size(), format, arguments);
    std::string text(line.data());
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    spdlog::log(level_of(level), "{}", text);
}

} // namespace

// One logger for the life of the process, since threads use it while it changes where messages go.
void log_to_standard_error() {
    auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    sink->set_pattern("%n: %l: %v");
    destination()->set_sinks({std::move(sink)});
    spdlog::set_default_logger(std::make_shared<spdlog::logger>(program, destination()));
    fuse_set_log_func(log_from_libfuse);
}

void log_to_syslog() {
    auto sink = std::make_shared<spdlog::sinks::syslog_sink_mt>(program, LOG_PID, LOG_DAEMON, true);
    sink->set_pattern("%l: %v");
    destination()->set_sinks({std::move(sink)});
}

} // namespace famfs::server
