// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/media/format/crc32.h"

#include <libdeflate.h>

namespace famfs::media {

std::uint64_t crc32_of(const void *bytes, std::size_t length) {
    return ::libdeflate_crc32(0, bytes, length);
}

} // namespace famfs::media
