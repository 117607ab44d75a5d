// SPDX-License-Identifier: GPL-2.0-only
// The rules for a superblock. As every check, it looks at a copy that was taken once (bytes.h), adds what it
// finds to a ProblemList and says whether the thing can be used.
#pragma once

#include "daemon/media/check/problem.h"
#include "daemon/media/check/refusal.h"
#include "daemon/media/format/layout.h"

#include <cstdint>
#include <span>

namespace famfs::media {

/// @device_size: bytes of the primary at hand. Reads the first 200 bytes.
Refusal check_superblock(std::span<const std::byte> primary, std::uint64_t device_size,
                         Superblock &superblock, ProblemList &problems);

} // namespace famfs::media
