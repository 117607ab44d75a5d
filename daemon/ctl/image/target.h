// SPDX-License-Identifier: GPL-2.0-only
// A file system to write to: devices locked, checked, this host its master. Files become visible in groups:
// first the data of the group reach the medium, then its entries.
#pragma once

#include "daemon/ctl/image/filler.h"
#include "daemon/ctl/image/source.h"
#include "daemon/media/write/log_copy.h"

#include <memory>
#include <utility>
#include <vector>

namespace famfs::ctl {

struct Committed {
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
};

class Target {
public:
    /// EROFS: another host is the master.
    static base::Expected<std::unique_ptr<Target>> open(const Arguments &arguments);
    Target(const Target &) = delete;
    Target &operator=(const Target &) = delete;

    base::Expected<void> make_directory(const std::string &path, const media::Attributes &attributes,
                                        bool parents);
    [[nodiscard]] media::Author::Kind kind(std::string_view path) const { return log_.author.kind(path); }
    /// As it was when the file system was opened.
    [[nodiscard]] const Opened &opened() const { return *opened_; }
    /// Name and space now; data and entry follow with its group, and so does an error of @fill
    /// (take_failures()). A file with an error is not in the log.
    base::Expected<void> create(const std::string &path, std::uint64_t size,
                                const media::Attributes &attributes, const media::Striping &striping,
                                Fill fill);
    /// To be called after create(). What it fails with is no fault of a single file.
    base::Expected<void> commit_if_full();
    /// The rest of the last group. Without it they stay invisible.
    base::Expected<void> finish();

    /// Of files that could not be filled since the last call.
    std::vector<base::Error> take_failures() { return std::exchange(failures_, {}); }
    [[nodiscard]] const Committed &committed() const { return committed_; }
    /// That fill files at once. 1 unless set.
    void set_threads(std::size_t threads) { threads_ = threads; }

private:
    struct Log {
        std::unique_ptr<media::LogCopy> copy;
        media::Author author; ///< writes in the copy
    };
    Target(std::unique_ptr<Opened> opened, std::unique_ptr<media::WriteBack> write_back, Log log);
    static base::Expected<Log> open_log(const Opened &opened, media::WriteBack &write_back);
    base::Expected<void> commit_group();
    base::Expected<void> sync_group() const;

    std::unique_ptr<Opened> opened_; ///< at an address of its own: the author refers to it
    std::unique_ptr<media::WriteBack> write_back_;
    Log log_;
    bool page_cache_; ///< msync is needed
    std::size_t threads_ = 1;
    std::vector<PendingFile> group_;
    std::uint64_t group_bytes_ = 0;
    std::vector<base::Error> failures_;
    Committed committed_;
};

/// For these devices: cache lines if any is dax, else nothing but order.
std::unique_ptr<media::WriteBack> choose_write_back(const std::vector<device::Device> &devices);
/// Pages of images and block devices to the disk. @path is for the error.
base::Expected<void> sync_pages(std::span<const std::byte> bytes, const std::string &path);

} // namespace famfs::ctl
