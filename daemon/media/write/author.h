// SPDX-License-Identifier: GPL-2.0-only
// New files and directories: names checked against log and session, space reserved, entries appended. The
// caller puts the data in place before commit(), so a file is in the log only when its bytes are on the
// device. Who knows the size calls prepare(); who does not calls begin() and, as data come, grow().
#pragma once

#include "daemon/media/format/entry.h"
#include "daemon/media/tree/file_system.h"
#include "daemon/media/write/allocator.h"
#include "daemon/media/write/log_writer.h"

#include <string>
#include <string_view>
#include <unordered_map>

namespace famfs::media {

struct NewFile {
    std::string path;
    base::FileMap map; ///< without nodeid
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
    /// Reserves name and log slot for this session, and no space: the size is 0 and then the caller's to set.
    base::Expected<NewFile> begin(const std::string &path, const Attributes &attributes);
    /// As Allocator::grow(). The size stays.
    base::Expected<void> grow(NewFile &file, std::uint64_t capacity) {
        return allocator_.grow(file.map, capacity);
    }
    /// Gives back the space beyond the size, before or after commit(), when nobody reads there any more.
    void trim(NewFile &file) { allocator_.trim(file.map, file.map.size); }
    /// Appends the entry, with the space that the size needs and no more. The data have been written back.
    /// EINVAL: the size is 0, or the extents do not hold it.
    base::Expected<void> commit(const NewFile &file);
    /// Instead of commit(): gives back name and log slot. Its space is given back by trim() at size 0.
    void abandon(const NewFile &file);

    /// What is reserved is not free.
    [[nodiscard]] std::uint64_t free_bytes() const { return allocator_.free_bytes(); }
    [[nodiscard]] std::uint64_t free_slots() const { return log_.free_slots() - prepared_; }

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
    std::uint64_t prepared_ = 0;                 ///< neither committed nor abandoned yet
};

} // namespace famfs::media
