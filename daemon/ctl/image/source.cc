// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/image/source.h"

#include "base/fd.h"
#include "base/try.h"
#include "daemon/ctl/terminal/command.h"
#include "daemon/fuse/mount_table.h"
#include "daemon/media/format/bytes.h"
#include "daemon/media/format/label.h"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace famfs::ctl {

namespace {

/// Reads as much as there is, up to @to.size().
base::Expected<void> read_file(const base::Fd &fd, std::span<std::byte> to, const std::string &path) {
    std::size_t done = 0;
    while (done < to.size()) {
        const ssize_t got = ::pread(fd.get(), to.data() + done, to.size() - done, static_cast<off_t>(done));
        if (got < 0)
            return base::fail_errno("read", path);
        if (got == 0)
            break;
        done += static_cast<std::size_t>(got);
    }
    return {};
}

base::Expected<base::Fd> open_meta(const std::string &path) {
    base::Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd)
        return base::fail_errno("open", path, "is a famfs mounted there?");
    return fd;
}

std::string advice_for_dead(const std::string &mountpoint) {
    std::string device = "DEVICE";
    const std::string path = absolute_path(mountpoint);
    for (const fuse::MountEntry &entry : fuse::read_mount_table())
        if (entry.mountpoint == path)
            device = entry.source;
    return "the daemon of this mount has ended; umount " + mountpoint +
           " and mount it again, or look at it without a mount: name " + device + " in place of " +
           mountpoint;
}

base::Expected<std::uint64_t> file_size(const base::Fd &fd, const std::string &path) {
    struct stat status{};
    if (::fstat(fd.get(), &status) != 0)
        return base::fail_errno("read the size of", path);
    return static_cast<std::uint64_t>(status.st_size);
}

} // namespace

base::Expected<Source> Source::open(const Arguments &arguments, device::Access access) {
    auto source = open_any(arguments, access);
    if (!source && source.error().code == ENOTCONN)
        return base::fail(ENOTCONN, source.error().operation, source.error().object,
                          advice_for_dead(arguments.device));
    return source;
}

base::Expected<Source> Source::open_any(const Arguments &arguments, device::Access access) {
    Source source;
    source.path_ = arguments.device;
    std::error_code ignored; // opening the device says what is wrong
    if (std::filesystem::is_directory(arguments.device, ignored)) {
        if (access == device::Access::write)
            return base::fail(
                EOPNOTSUPP, "write to", arguments.device,
                "a mounted file system is written through its device: unmount it and name that");
        FAMFS_TRY(source.read_mounted());
        return source;
    }
    std::vector<std::string> paths = {arguments.device};
    paths.insert(paths.end(), arguments.secondaries.begin(), arguments.secondaries.end());
    for (const std::string &path : paths) {
        auto device = FAMFS_TRY(device::Device::open(path, access));
        source.devices_.push_back(std::move(device));
    }
    return source;
}

/// Superblock and the used part of the log, at the places they have on the device; the rest reads as zeros.
base::Expected<void> Source::read_mounted() {
    const std::string superblock_path = path_ + "/.meta/.superblock";
    const std::string log_path = path_ + "/.meta/.log";
    auto superblock = FAMFS_TRY(open_meta(superblock_path));
    auto log = FAMFS_TRY(open_meta(log_path));
    const auto log_size = FAMFS_TRY(file_size(log, log_path));
    copy_ = FAMFS_TRY(base::Memory::anonymous(media::log_offset + log_size, path_));
    FAMFS_TRY(read_file(superblock, copy_.bytes().first(sizeof(media::Superblock)), superblock_path));
    const auto log_bytes = copy_.bytes().subspan(media::log_offset);
    const std::size_t header_size = std::min(log_bytes.size(), sizeof(media::LogHeader));
    FAMFS_TRY(read_file(log, log_bytes.first(header_size), log_path));
    if (header_size < sizeof(media::LogHeader))
        return {};
    const auto header = media::snapshot<media::LogHeader>(log_bytes, 0);
    const std::uint64_t entries = std::min(header.next_index, media::log_slots(log_bytes.size()));
    return read_file(log, log_bytes.first(sizeof(header) + entries * sizeof(media::LogEntry)), log_path);
}

std::span<const std::byte> Source::primary() const {
    return mounted() ? copy_.bytes() : devices_.front().bytes();
}

std::vector<std::uint64_t> Source::sizes() const {
    if (mounted())
        return media::recorded_device_sizes(primary());
    std::vector<std::uint64_t> sizes;
    sizes.reserve(devices_.size());
    for (const device::Device &device : devices_)
        sizes.push_back(device.size());
    return sizes;
}

std::vector<std::span<std::byte>> Source::bytes() const {
    std::vector<std::span<std::byte>> bytes;
    bytes.reserve(devices_.size());
    for (const device::Device &device : devices_)
        bytes.push_back(device.bytes());
    return bytes;
}

base::Expected<void> check_labels(const Source &source, const media::FileSystem &file_system) {
    const std::size_t devices = std::min(source.devices().size(), file_system.devices().size());
    for (std::size_t i = 1; i < devices; i++) {
        const device::Device &device = source.devices()[i];
        FAMFS_TRY(media::check_label(device.bytes(), file_system.superblock(), file_system.devices()[i].uuid,
                                     device.path()));
    }
    return {};
}

base::Expected<Opened> open_file_system(const Arguments &arguments, device::Access access) {
    auto source = FAMFS_TRY(Source::open(arguments, access));
    auto file_system = FAMFS_TRY(media::FileSystem::parse(source.primary(), source.sizes()));
    if (auto checked = check_labels(source, file_system); !checked) {
        if (access == device::Access::write || checked.error().code != ENODATA)
            return std::unexpected(checked.error());
        complain(checked.error().message());
    }
    if (const media::Problems &problems = file_system.problems(); !problems.empty())
        complain(problems.front().message + " (" + std::to_string(problems.size()) +
                 " problems in all: famfsctl fsck)");
    return Opened{std::move(source), std::move(file_system)};
}

} // namespace famfs::ctl
