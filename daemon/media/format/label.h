// SPDX-License-Identifier: GPL-2.0-only
// What lies at the start of a secondary device: a superblock with the file system's uuid, the device's own
// uuid (the one in its ADD_DAXDEV entry), flags `secondary`, and no log (log_offset and log_length 0). The
// media format has a record for secondary devices but no label; this one lets a host refuse devices given in
// the wrong order. Data begin after the label's region of 2 MiB.
#pragma once

#include "base/error.h"
#include "daemon/media/format/layout.h"

#include <cstddef>
#include <span>
#include <string>

namespace famfs::media {

[[nodiscard]] bool is_label(const Superblock &superblock);
/// @primary: superblock of the file system. @size: of the secondary, bytes.
[[nodiscard]] Superblock make_label(const Superblock &primary, const base::Uuid &device_uuid,
                                    std::uint64_t size, const std::string &path);
/// Does @device carry the label of that device of that file system? ENODATA: no label. EMEDIUMTYPE: of
/// another file system or another of its devices (the hint says which). EUCLEAN: damaged. @path is for the
/// error.
base::Expected<void> check_label(std::span<const std::byte> device, const Superblock &primary,
                                 const base::Uuid &device_uuid, const std::string &path);

} // namespace famfs::media
