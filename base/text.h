// SPDX-License-Identifier: GPL-2.0-only
// Names and numbers as text that is safe on a terminal and in a log.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace famfs::base {

[[nodiscard]] bool is_utf8(std::string_view text);
/// Printable UTF-8 as it is; control characters, backslash and bytes that are not UTF-8 as \xNN.
std::string escape(std::string_view name);
/// In quotes, escaped.
std::string quote(std::string_view name);
std::string hex(std::uint64_t value);
/// "512 B", "8 MiB", "1.5 GiB".
std::string human_size(std::uint64_t bytes);
/// "1 file", "2 files".
std::string count_of(std::uint64_t count, const char *one, const char *many);

} // namespace famfs::base
