// SPDX-License-Identifier: GPL-2.0-only
// Contents that need no original to compare with: word k of a file is a function of the seed and k. The same
// bytes on every machine and in every version.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace famfs::ctl {

/// @position: of @to in the file, bytes; any.
void fill_content(std::span<std::byte> to, std::uint64_t seed, std::uint64_t position);
/// Where @bytes, at @position of a file, are not what fill_content() puts there.
std::optional<std::uint64_t> first_difference(std::span<const std::byte> bytes, std::uint64_t seed,
                                              std::uint64_t position);

} // namespace famfs::ctl
