// SPDX-License-Identifier: GPL-2.0-only
// A file system to write to: devices locked, checked, this host its master. Files become visible in groups:
// first the data of the group reach the medium, then its entries.
#pragma once

#include "daemon/ctl/file_runs.h"
#include "daemon/ctl/source.h"
#include "daemon/media/author.h"
#include "daemon/media/write_back.h"

#include <functional>
#include <memory>
#include <vector>

namespace famfs::ctl {

/// Puts the file's bytes from @position on into @to, a part of a device's mapping.
using Fill = std::function<base::Expected<void>(std::uint64_t position, std::span<std::byte> to)>;

class Target {
public:
    /// EROFS: another host is the master.
    static base::Expected<std::unique_ptr<Target>> open(const Arguments &arguments);
    Target(const Target &) = delete;
    Target &operator=(const Target &) = delete;

    base::Expected<void> make_directory(const std::string &path, const media::Attributes &attributes,
                                        bool parents);
    [[nodiscard]] media::Author::Kind kind(std::string_view path) const { return author_.kind(path); }
    /// Space, data; the entry follows with its group. After an error nothing of this file is in the log.
    base::Expected<void> create(const std::string &path, std::uint64_t size,
                                const media::Attributes &attributes, const media::Striping &striping,
                                const Fill &fill);
    /// The rest of the last group. Without it they stay invisible.
    base::Expected<void> finish();

private:
    Target(std::unique_ptr<Opened> opened, std::unique_ptr<media::WriteBack> write_back,
           media::Author author);
    base::Expected<void> fill_file(const loader::FileMap &map, const Fill &fill);
    base::Expected<void> written(std::span<std::byte> bytes);
    base::Expected<void> commit_group();

    std::unique_ptr<Opened> opened_; ///< at an address of its own: the author refers to it
    std::unique_ptr<media::WriteBack> write_back_;
    media::Author author_;
    bool page_cache_; ///< msync is needed
    std::vector<media::NewFile> group_;
    std::vector<std::span<std::byte>> unsynced_; ///< data of the group, if page_cache_
    std::uint64_t group_bytes_ = 0;
};

/// For these devices: cache lines if any is dax, else nothing but order.
std::unique_ptr<media::WriteBack> choose_write_back(const std::vector<device::Device> &devices);
/// Pages of images and block devices to the disk. @path is for the error.
base::Expected<void> sync_pages(std::span<const std::byte> bytes, const std::string &path);

} // namespace famfs::ctl
