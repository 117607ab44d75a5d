// SPDX-License-Identifier: GPL-2.0-only
// The rules that hold for a log entry of any type.
#pragma once

#include "daemon/media/check/entry_report.h"
#include "daemon/media/format/layout.h"

#include <cstdint>

namespace famfs::media {

/// seqnum and CRC: whether the entry is there, whole.
bool entry_complete(const LogEntry &entry, std::uint64_t index);
/// Bytes that the format leaves unused are zero; otherwise a warning.
void check_reserved(const LogEntry &entry, EntryReport &report);

} // namespace famfs::media
