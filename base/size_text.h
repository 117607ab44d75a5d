// SPDX-License-Identifier: GPL-2.0-only
// Sizes as people write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace famfs::base {

/// Digits and perhaps a unit of 1024's powers: 512, 64K, 2MiB, 1g, 4 gb.
std::optional<std::uint64_t> parse_size(std::string_view text);

} // namespace famfs::base
