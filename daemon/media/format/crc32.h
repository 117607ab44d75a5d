// SPDX-License-Identifier: GPL-2.0-only
// zlib's CRC-32, which is the format's, fast enough that reading a full log is not mostly this.
#pragma once

#include <cstddef>
#include <cstdint>

namespace famfs::media {

/// Zero-extended, as the format stores and compares it.
[[nodiscard]] std::uint64_t crc32_of(const void *bytes, std::size_t length);

} // namespace famfs::media
