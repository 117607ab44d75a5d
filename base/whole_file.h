// SPDX-License-Identifier: GPL-2.0-only
// A small file in one piece.
#pragma once

#include "base/error.h"

#include <cstddef>
#include <string>

namespace famfs::base {

/// EFBIG: it has more than @most bytes.
Expected<std::string> read_whole_file(const std::string &path, std::size_t most);

} // namespace famfs::base
