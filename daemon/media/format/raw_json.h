// SPDX-License-Identifier: GPL-2.0-only
// Superblock, log header and entries as JSON, field by field, as they lie there: nothing is refused, only
// bounded.
#pragma once

#include "daemon/media/format/layout.h"

#include <nlohmann/json.hpp>
#include <span>

namespace famfs::media {

nlohmann::ordered_json raw_json(const Superblock &superblock);
nlohmann::ordered_json raw_json(const LogHeader &header);
nlohmann::ordered_json raw_json(const LogEntry &entry, std::uint64_t index);

/// {superblock, log, entries}. `log` and `entries` end where the bytes of @primary or the log's slots end; no
/// more than the superblock is there if its magic is wrong.
nlohmann::ordered_json dump(std::span<const std::byte> primary);

/// A name for JSON, which holds UTF-8 only: other bytes are escaped as in text.h.
nlohmann::ordered_json json_name(std::string_view name);

} // namespace famfs::media
