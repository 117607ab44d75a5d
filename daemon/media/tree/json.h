// SPDX-License-Identifier: GPL-2.0-only
// Problems and usage as JSON objects: one form for famfsctl fsck --json and the daemon's .meta/.status.
#pragma once

#include "daemon/media/check/problem.h"
#include "daemon/media/tree/file_system.h"

#include <nlohmann/json.hpp>

namespace famfs::media {

/// {code, severity, entry (null: none), offset, field, found, expected, message}
nlohmann::ordered_json to_json(const Problem &problem);
nlohmann::ordered_json to_json(const Problems &problems);
nlohmann::ordered_json to_json(const Usage &usage);
/// Text that may come from a name: bytes that are not UTF-8 are replaced as JSON demands.
std::string to_text(const nlohmann::ordered_json &json);

} // namespace famfs::media
