// SPDX-License-Identifier: GPL-2.0-only
// UUIDs as bytes and as text.
#pragma once

#include "base/error.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace famfs::base {

/// 16 bytes in textual (RFC 4122) order.
using Uuid = std::array<std::uint8_t, 16>;

/// 8-4-4-4-12.
std::string to_string(const Uuid &uuid);
/// EINVAL unless @text (with or without dashes) is a UUID.
Expected<Uuid> parse_uuid(std::string_view text);
Uuid random_uuid();

} // namespace famfs::base
