// SPDX-License-Identifier: GPL-2.0-only
// The rules for a path.
#pragma once

#include "base/error.h"
#include "daemon/media/format/layout.h"

#include <string_view>

namespace famfs::media {

/// The bytes of a path up to its NUL, and what is wrong with it.
struct PathCheck {
    std::string_view path;
    const char *code = nullptr; ///< nullptr: nothing
    const char *expected = nullptr;
};
/// @field must outlive the result.
PathCheck check_path(const Path &field);
/// The same rules for a path that a person typed; without the NUL rule. At most max_path bytes.
PathCheck check_path(std::string_view path);

/// EINVAL, ENAMETOOLONG: a path that breaks the rules; names are refused, never cut.
base::Expected<void> check_new_path(std::string_view path);

} // namespace famfs::media
