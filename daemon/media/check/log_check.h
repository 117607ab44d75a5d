// SPDX-License-Identifier: GPL-2.0-only
// The rules for the header of the log.
#pragma once

#include "daemon/media/check/problem.h"
#include "daemon/media/check/refusal.h"
#include "daemon/media/format/layout.h"

#include <span>

namespace famfs::media {

/// @superblock has been checked. Bounds next_index by the slots in the copy it returns.
Refusal check_log_header(std::span<const std::byte> primary, const Superblock &superblock, LogHeader &header,
                         ProblemList &problems);

} // namespace famfs::media
