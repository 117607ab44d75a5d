// SPDX-License-Identifier: GPL-2.0-only
// Puts the bytes of several new files in their places, with several threads.
#pragma once

#include "base/error.h"
#include "daemon/media/write/author.h"
#include "daemon/media/write/write_back.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace famfs::ctl {

/// Puts the file's bytes from @position on into @to, a part of a device's mapping. Several threads at once.
using Fill = std::function<base::Expected<void>(std::uint64_t position, std::span<std::byte> to)>;

/// A file that has a name and space, but no entry yet.
struct PendingFile {
    media::NewFile file;
    Fill fill;
    std::optional<base::Error> error; ///< what filling it ended in
};

/// All bytes of each device, borrowed.
using DeviceBytes = std::vector<std::span<std::byte>>;

/// Fills @files and writes back what it stored; the rest of a file's last page becomes zero, since who maps
/// the file sees it. The first error of a file goes into it and ends the work on that file only.
void fill_files(std::span<PendingFile> files, const DeviceBytes &devices, media::WriteBack &write_back,
                std::size_t threads);

/// Where the bytes of a file lie, whole pages.
base::Expected<DeviceBytes> stretches_of(const base::FileMap &map, const DeviceBytes &devices);

} // namespace famfs::ctl
