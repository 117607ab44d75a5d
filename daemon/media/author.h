// SPDX-License-Identifier: GPL-2.0-only
// New files and directories: names checked against log and session, space reserved, entries appended. The
// caller puts the data in place between prepare() and commit(), so a file is in the log only when its bytes
// are on the device.
#pragma once

#include "daemon/media/allocator.h"
#include "daemon/media/entry.h"
#include "daemon/media/file_system.h"
#include "daemon/media/log_writer.h"

#include <string>
#include <string_view>
#include <unordered_map>

namespace famfs::media {

struct NewFile {
    std::string path;
    loader::FileMap map; ///< without nodeid
    Attributes attributes;
};

/// One thread at a time, under the device's lock. Borrows what open() is given.
class Author {
public:
    /// Errors as LogWriter::open().
    static base::Expected<Author> open(std::span<std::byte> primary, const FileSystem &checked,
                                       WriteBack &write_back);

    /// @parents: also makes what is missing above it, and an existing directory is no error.
    /// EEXIST, ENOENT, ENOTDIR, EINVAL, ENAMETOOLONG, ENOSPC as mkdir(2).
    base::Expected<void> make_directory(const std::string &path, const Attributes &attributes, bool parents);
    /// Reserves name and space for this session; nothing is written. Errors as above and as
    /// Allocator::allocate().
    base::Expected<NewFile> prepare(const std::string &path, std::uint64_t size, const Attributes &attributes,
                                    const Striping &striping);
    /// Appends the entry. The data have been written back.
    base::Expected<void> commit(const NewFile &file);

    enum class Kind { none, file, directory };
    [[nodiscard]] Kind kind(std::string_view path) const;

private:
    Author(const FileSystem &checked, LogWriter log) : checked_(&checked), log_(log), allocator_(checked) {}
    [[nodiscard]] base::Expected<void> check_new(std::string_view path) const;
    [[nodiscard]] base::Expected<void> check_room(std::string_view path) const;

    const FileSystem *checked_;
    LogWriter log_;
    Allocator allocator_;
    std::unordered_map<std::string, Kind> made_; ///< in this session
    std::uint64_t prepared_ = 0;                 ///< not committed yet
};

} // namespace famfs::media
