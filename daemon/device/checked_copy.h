// SPDX-License-Identifier: GPL-2.0-only
// Copies to and from memory that may not be there: a truncated image, a full disk under a sparse one, failed
// memory of a device. An ordinary copy would end in SIGBUS and take the mount with it; here the kernel copies
// and says EFAULT.
#pragma once

#include "base/error.h"

#include <cstddef>
#include <span>
#include <string>

namespace famfs::device {

/// @mapped and the other side have the same length. @name is for the error (EIO).
base::Expected<void> copy_from_mapping(std::span<const std::byte> mapped, std::span<std::byte> to,
                                       const std::string &name);
base::Expected<void> copy_to_mapping(std::span<const std::byte> from, std::span<std::byte> mapped,
                                     const std::string &name);

/// Shared pages that were read and are not needed again, so that they no longer count as this process's
/// memory. A later touch finds the same bytes.
void let_go(std::span<const std::byte> mapped);

} // namespace famfs::device
