// SPDX-License-Identifier: GPL-2.0-only
// The format's CRC-32, which is zlib's. By libdeflate: reading a full log is mostly this, and zlib takes five times as long.
#pragma once

#include <cstddef>
#include <cstdint>

namespace famfs::media {

/// Zero-extended, as the format stores and compares it.
[[nodiscard]] std::uint64_t crc32_of(const void *bytes, std::size_t length);

} // namespace famfs::media
