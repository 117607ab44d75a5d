// SPDX-License-Identifier: GPL-2.0-only
// A file system to read from: devices, or the directory where it is mounted (through .meta/.superblock and
// .meta/.log).
#pragma once

#include "base/memory.h"
#include "daemon/ctl/terminal/arguments.h"
#include "daemon/device/device.h"
#include "daemon/media/tree/file_system.h"

#include <span>
#include <string>
#include <vector>

namespace famfs::ctl {

class Source {
public:
    /// @access: write takes the devices' locks, and a mounted directory is refused (EOPNOTSUPP). ENOTCONN: a
    /// mount whose daemon has ended; the hint says how to go on.
    static base::Expected<Source> open(const Arguments &arguments, device::Access access);

    [[nodiscard]] bool mounted() const { return devices_.empty(); }
    [[nodiscard]] const std::string &path() const { return path_; }
    /// Superblock and log, at least.
    [[nodiscard]] std::span<const std::byte> primary() const;
    /// Of each device, as parse() wants them.
    [[nodiscard]] std::vector<std::uint64_t> sizes() const;
    /// All bytes of each device; empty if mounted. Borrowed.
    [[nodiscard]] std::vector<std::span<std::byte>> bytes() const;
    [[nodiscard]] const std::vector<device::Device> &devices() const { return devices_; }

private:
    static base::Expected<Source> open_any(const Arguments &arguments, device::Access access);
    base::Expected<void> read_mounted();

    std::string path_;
    std::vector<device::Device> devices_;
    base::Memory copy_;
};

/// A file system, opened and parsed.
struct Opened {
    Source source;
    media::FileSystem file_system;
};

/// Says on standard error what is not served, in a line or two. @access as above; for write, every secondary
/// must carry its label.
base::Expected<Opened> open_file_system(const Arguments &arguments, device::Access access);

/// Whether each secondary is the device that the log means. One without any label (another tool made the file
/// system) is ENODATA; the caller decides.
base::Expected<void> check_labels(const Source &source, const media::FileSystem &file_system);

} // namespace famfs::ctl
