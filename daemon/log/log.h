// SPDX-License-Identifier: GPL-2.0-only
// What a program says to whoever runs it. Where it goes is decided where the program starts. spdlog stays out of this header: it
// costs each file that includes it seconds.
#pragma once

#include <string>

namespace famfs::log {

/// Any thread.
void info(const std::string &text);
void warn(const std::string &text);
void error(const std::string &text);
/// The end of the program.
void critical(const std::string &text);

} // namespace famfs::log
